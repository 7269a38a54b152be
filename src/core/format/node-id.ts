/**
 * Ids of nodes: the same component of the same model has the same id in every graph, so that two graphs can be aligned.
 * Where TransformerLens has a hook point the id is its name.
 */
import { traceName } from './trace-names';

export const nodeId = {
  embed: traceName.embed,
  posEmbed: traceName.posEmbed,
  residPre: traceName.residPre,
  residPost: traceName.residPost,
  residMid: traceName.residMid,
  ln1: traceName.ln1,
  ln2: traceName.ln2,
  attnRaw: traceName.attnRaw,
  attnOut: traceName.attnOut,
  mlpRaw: traceName.mlpRaw,
  mlpOut: traceName.mlpOut,
  query: (l: number) => `blocks.${l}.attn.query`,
  headQuery: (l: number, h: number) => `blocks.${l}.attn.head.${h}.query`,
  headKey: (l: number, h: number, source: number) => `blocks.${l}.attn.head.${h}.key.${source}`,
  headValue: (l: number, h: number, source: number) => `blocks.${l}.attn.head.${h}.value.${source}`,
  headOut: (l: number, h: number) => `blocks.${l}.attn.head.${h}`,
  headRest: (l: number, h: number) => `blocks.${l}.attn.head.${h}.rest`,
  headPatch: (l: number, h: number) => `blocks.${l}.attn.head.${h}.patch`,
  headsRest: (l: number) => `blocks.${l}.attn.heads.rest`,
  concat: (l: number) => `blocks.${l}.attn.concat`,
  oNeuron: (l: number, i: number) => `blocks.${l}.attn.neuron.${i}`,
  oRest: (l: number) => `blocks.${l}.attn.neurons.rest`,
  attnBias: (l: number) => `blocks.${l}.attn.b_O`,
  attnUpdate: (l: number) => `blocks.${l}.attn.W_O.adapter`,
  attnPatch: (l: number) => `blocks.${l}.attn.patch`,
  neuronKey: (l: number, i: number) => `blocks.${l}.mlp.neuron.${i}.key`,
  neuronValue: (l: number, i: number) => `blocks.${l}.mlp.neuron.${i}`,
  neuronRest: (l: number) => `blocks.${l}.mlp.neurons.rest`,
  router: (l: number) => `blocks.${l}.mlp.router`,
  expert: (l: number, expert: number | 'shared') => `blocks.${l}.mlp.expert.${expert}`,
  expertNeuronKey: (l: number, expert: number | 'shared', i: number) => `blocks.${l}.mlp.expert.${expert}.neuron.${i}.key`,
  expertNeuronValue: (l: number, expert: number | 'shared', i: number) => `blocks.${l}.mlp.expert.${expert}.neuron.${i}`,
  expertRest: (l: number, expert: number | 'shared') => `blocks.${l}.mlp.expert.${expert}.rest`,
  expertPatch: (l: number, expert: number | 'shared') => `blocks.${l}.mlp.expert.${expert}.patch`,
  mlpPatch: (l: number) => `blocks.${l}.mlp.patch`,
  mlpBiasIn: (l: number) => `blocks.${l}.mlp.b_in`,
  mlpUpdate: (l: number) => `blocks.${l}.mlp.W_out.adapter`,
  mlpBiasOut: (l: number) => `blocks.${l}.mlp.b_out`,
} as const;

/** The id that a node of a head's source has for another source. */
export function idAtSource(id: string, from: number, to: number): string {
  return id.replace(new RegExp(`\\.${from}$`), `.${to}`);
}

/** Id that a comparison has for a node of either side, or of both: that of the left one, where there is one. */
export function idOfPair(left: string | null, right: string | null): string {
  return left ?? `right:${right}`;
}
