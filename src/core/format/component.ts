/**
 * Components of the model that can be switched off or replaced. A component's name is the id of its node in the flow graph, so
 * that a node of the picture and a word on the command line are the same.
 */
import * as l10n from '@vscode/l10n';
import { assertNever, Problem } from '../problem';
import { adaptedPart, adapterName, adaptersAround, adapterWords, type AdapterPart } from './adapter-part';
import { showToken } from '../text/token-text';
import type { FlowGraph, FlowNode } from './flow-graph';
import type { Intervention } from './intervention';
import { nodeId } from './node-id';
import { NODE_KINDS } from './node-kinds';
import { parsePositions, positionsInWords, positionsName, type PositionRange } from './positions';

/** A part of the model that can be switched off or replaced. `source` is a prompt position that a head reads from. */
export type ComponentPart =
  | { readonly kind: 'head'; readonly layer: number; readonly head: number }
  | { readonly kind: 'source'; readonly layer: number; readonly head: number; readonly source: number }
  /** `expert`: the one that the neuron is of, in which it counts; absent: of a dense layer */
  | { readonly kind: 'neuron'; readonly layer: number; readonly neuron: number; readonly expert?: ExpertName }
  | { readonly kind: 'expert'; readonly layer: number; readonly expert: ExpertName }
  | { readonly kind: 'attention'; readonly layer: number }
  | { readonly kind: 'mlp'; readonly layer: number }
  | AdapterPart;

/** What of a pass is a tensor, or a part of one, at each position: everything but what an adapter adds to weights. */
export type ActivationPart = Exclude<ComponentPart, AdapterPart>;

/** Such a part, and where it is changed. */
export type Activation = ActivationPart & Pick<Component, 'positions'>;

/** Whether a component is part of the pass, rather than of its weights: what it is on another prompt can take its place. */
export function isActivation(component: Component): component is Activation {
  return component.kind !== 'adapter';
}

/** An expert of a mixture, by its number; `shared`: the one that every token goes through. */
export type ExpertName = NonNullable<FlowNode['expert']>;

/**
 * A part of the model, and where it is changed; absent positions: everywhere, or for a source of a head, where the head reads it
 * at the position under study. The positions of a source are those of its readers.
 */
export type Component = ComponentPart & { readonly positions?: readonly PositionRange[] };

/** What happens to a component: it is switched off, or replaced by what it was on another prompt, or is on the average of several. */
export type InterventionMode = 'zero' | 'patch' | 'mean';

const NAME =
  /^(?:(?<model>adapter)|blocks\.(?<layer>\d+)\.(?:(?:(?<branch>attn|mlp)\.)?(?:(?<matrix>W_Q|W_K|W_V|W_O|W_gate|W_in|W_out|router)\.)?(?<adapter>adapter)|attn\.head\.(?<head>\d+)(?:\.value\.(?<source>\d+))?|mlp(?:\.expert\.(?<expert>\d+|shared))?\.neuron\.(?<neuron>\d+)|mlp\.expert\.(?<whole>\d+|shared)|(?<attention>attn|hook_attn_out)|mlp|hook_mlp_out))(?:@(?<at>.*))?$/;

/** How names are formed, for messages and help. The embedded model has all of them. */
export const COMPONENT_EXAMPLES =
  'blocks.3.attn.head.3, blocks.3.attn.head.3.value.4, blocks.5.mlp.neuron.311, blocks.3.attn, blocks.3.mlp';

/** The same of models that are mixtures of experts. */
export const EXPERT_EXAMPLES = 'blocks.3.mlp.expert.7, blocks.3.mlp.expert.7.neuron.311, blocks.3.mlp.expert.shared';

/** How positions are added to a name, for messages and help. */
export const POSITION_EXAMPLES = '@4, @2-5, @0,3-4, or from the end @-1';

/**
 * The component of a name. The names of a block's output (`blocks.3.hook_attn_out`) name the block as well.
 *
 * @throws Problem `no-such-component` when the name is none; whether the model has it is another question
 */
export function parseComponent(name: string): Component {
  const match = NAME.exec(name.trim());
  if (!match) {
    throw new Problem(
      'no-such-component',
      `${JSON.stringify(name)} does not name a component that can be changed.`,
      `Names look like ${COMPONENT_EXAMPLES}. Positions may follow: ${POSITION_EXAMPLES}.`,
    );
  }
  const named = match.groups?.['at'];
  return { ...partOf(match), ...(named !== undefined && { positions: parsePositions(named) }) };
}

function partOf({ groups = {} }: RegExpExecArray): ComponentPart {
  const number = (name: string) => (groups[name] === undefined ? undefined : Number(groups[name]));
  const expertOf = (name: string): ExpertName | undefined => (groups[name] === 'shared' ? 'shared' : number(name));
  const [layer, head, source, neuron] = ['layer', 'head', 'source', 'neuron'].map(number);
  const [expert, whole] = [expertOf('expert'), expertOf('whole')];
  if (groups['model'] !== undefined) return { kind: 'adapter', layer: null, of: 'model' };
  if (layer === undefined) throw new Problem('internal', 'A component’s name has no layer.');
  if (groups['adapter'] !== undefined) return { kind: 'adapter', layer, of: adaptedPart(groups) };
  if (head !== undefined) return source === undefined ? { kind: 'head', layer, head } : { kind: 'source', layer, head, source };
  if (neuron !== undefined) return { kind: 'neuron', layer, neuron, ...(expert !== undefined && { expert }) };
  if (whole !== undefined) return { kind: 'expert', layer, expert: whole };
  return { kind: groups['attention'] === undefined ? 'mlp' : 'attention', layer };
}

/** The component of a name that is part of the pass. @throws Problem `no-such-component` for any other */
export function parseActivation(name: string): Activation {
  const component = parseComponent(name);
  if (isActivation(component)) return component;
  throw new Problem(
    'no-such-component',
    `${JSON.stringify(name)} is not part of the pass, but of its weights.`,
    'Name a head, a layer or a neuron.',
  );
}

/** The one name of a component, which `parseComponent` reads. */
export function componentName(component: Component): string {
  return component.positions === undefined ? partName(component) : `${partName(component)}@${positionsName(component.positions)}`;
}

/** A component's name without its positions. */
export function partName(component: ComponentPart): string {
  if (component.kind === 'adapter') return adapterName(component);
  const { layer } = component;
  switch (component.kind) {
    case 'head':
      return nodeId.headOut(layer, component.head);
    case 'source':
      return nodeId.headValue(layer, component.head, component.source);
    case 'neuron':
      return component.expert === undefined
        ? nodeId.neuronValue(layer, component.neuron)
        : nodeId.expertNeuronValue(layer, component.expert, component.neuron);
    case 'expert':
      return nodeId.expert(layer, component.expert);
    case 'attention':
      return `blocks.${layer}.attn`;
    case 'mlp':
      return `blocks.${layer}.mlp`;
  }
}

/** A component without its positions. */
export function everywhere(component: Component): Component {
  const { positions: _some, ...part } = component;
  return part;
}

/** Whether positions are counted from the start of the prompt: once its start is cut off, they are those of other tokens. */
export function countsFromStart({ kind, positions = [] }: Component): boolean {
  return kind === 'source' || positions.some(({ from, to }) => from >= 0 || to >= 0);
}

/** Whether a change takes the place of another, by their names: the same part of the model, at the same positions or everywhere. */
export function areRivals(one: string, other: string): boolean {
  const [[part, positions], [otherPart, otherPositions]] = [one.split('@'), other.split('@')];
  return part === otherPart && (positions === undefined || otherPositions === undefined || positions === otherPositions);
}

/** The node that shows a component, at whatever positions it is changed. */
export function componentNodeId(component: ComponentPart): string {
  switch (component.kind) {
    case 'attention':
      return nodeId.attnOut(component.layer);
    case 'mlp':
      return nodeId.mlpOut(component.layer);
    default:
      return partName(component);
  }
}

/** The component that a node of the graph shows a part of; null for what cannot be changed, such as a norm. */
export function componentOfNode({ kind, layer, head, source, neuron, expert }: FlowNode): Component | null {
  const component = NODE_KINDS[kind].component;
  switch (component) {
    case undefined:
      return null;
    case 'head':
      return head === undefined ? null : { kind: component, layer, head };
    case 'source':
      return head === undefined || source === undefined ? null : { kind: component, layer, head, source };
    case 'neuron':
      return neuron === undefined ? null : { kind: component, layer, neuron, ...(expert !== undefined && { expert }) };
    case 'expert':
      return expert === undefined ? null : { kind: component, layer, expert };
    case 'attention':
    case 'mlp':
      return { kind: component, layer };
    case 'adapter':
      return { kind: component, layer, of: kind === 'attn_update' ? 'W_O' : 'W_out' };
    default:
      return assertNever(component);
  }
}

/** The component that a node is the output of, and not merely a part of, such as a bias or a rest; null: it is none. */
export function componentShownBy(node: FlowNode): Component | null {
  const component = componentOfNode(node);
  return component !== null && componentNodeId(component) === node.id ? component : null;
}

/** What can be changed where a node stands: the component that it shows a part of, then what contains that, up to the layer. */
export function componentsOfNode(node: FlowNode): Component[] {
  const own = componentOfNode(node);
  return own === null ? [] : [own, ...containing(own)];
}

/** The components of which this one is a part, smallest first, without positions. */
export function containing(component: ComponentPart): ComponentPart[] {
  if (component.kind === 'adapter') return adaptersAround(component);
  const { layer } = component;
  const attention: ComponentPart = { kind: 'attention', layer };
  switch (component.kind) {
    case 'source':
      return [{ kind: 'head', layer, head: component.head }, attention];
    case 'head':
      return [attention];
    case 'neuron':
      return [
        ...(component.expert === undefined ? [] : [{ kind: 'expert', layer, expert: component.expert } as const]),
        { kind: 'mlp', layer },
      ];
    case 'expert':
      return [{ kind: 'mlp', layer }];
    case 'attention':
    case 'mlp':
      return [];
  }
}

/**
 * A component in a few words: "head 7 of layer 3 at position 6 reading position 4".
 *
 * @param prompt names tokens besides their positions: "head 7 of layer 3 at ‘·of’ (6) reading ‘·Japan’"
 */
export function componentInWords(component: Component, prompt?: Pick<FlowGraph, 'tokens'>): string {
  const { positions } = component;
  const name = ownWords(component);
  const placed = positions === undefined ? name : l10n.t`${name} ${positionsInWords(positions, prompt?.tokens)}`;
  if (component.kind !== 'source') return placed;
  const token = prompt?.tokens[component.source];
  const read = token === undefined ? l10n.t`position ${component.source}` : `‘${showToken(token)}’`;
  return l10n.t`${placed} reading ${read}`;
}

/** A component in words, without its positions and its source. */
function ownWords(component: Component): string {
  if (component.kind === 'adapter') return adapterWords(component);
  const { layer } = component;
  switch (component.kind) {
    case 'head':
    case 'source':
      return l10n.t`head ${component.head} of layer ${layer}`;
    case 'neuron':
      return component.expert === undefined
        ? l10n.t`neuron ${component.neuron} of layer ${layer}`
        : l10n.t`neuron ${component.neuron} of ${expertInWords(component.expert)} of layer ${layer}`;
    case 'expert':
      return l10n.t`${expertInWords(component.expert)} of layer ${layer}`;
    case 'attention':
      return l10n.t`attention of layer ${layer}`;
    case 'mlp':
      return l10n.t`feed-forward layer ${layer}`;
  }
}

/** An expert in words, without its layer: "expert 3", "the shared expert". */
export function expertInWords(expert: ExpertName): string {
  return expert === 'shared' ? l10n.t('the shared expert') : l10n.t`expert ${expert}`;
}

/** The text from which a value is patched; null if none is, or if the prompt was given as tokens. */
export function donorText(intervention: Intervention): string | null {
  return intervention.mode === 'patch' && 'text' in intervention.from ? intervention.from.text : null;
}
