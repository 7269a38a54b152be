/** What may be the causes of a prediction, found by estimated effect and by share. docs/method.md, "Why this token". */
import type { CallContext } from '../call-context';
import { componentName, type ExpertName } from '../format/component';
import type { EffectsSummary } from '../format/effects';
import type { FlowGraph, ModelInfo, PromptToken, TokenScore } from '../format/flow-graph';
import type { InspectablePass } from '../pass/inspectable-pass';
import { writtenIn } from '../pass/lens';
import { topAt } from '../pass/reading';
import type { ResolvedTargetOptions } from '../pass/target';
import { addTo, rowOf, sumRows } from '../pass/vector';
import { byEffect, byShare, componentsOf, distinct, overHops, type CauseKind, type CauseStep, type Group } from './cause-groups';
import { buildEffects } from './effects';
import { HopFinder, type Hop } from './hops';
import { routesOf } from './routes';
import { headsOf } from './read-heads';
import { indexAtWork } from '../build/select';
import { buildStory, type StoryRead } from './story';
import { reaching } from './strongest-reads';

/**
 * Parts that do the same at one position: heads, of any layer, that read one token; neurons, of any layer, that speak for the target; or a
 * feed-forward layer, or one of its experts. Or a route: reads of several layers, each of the token at which the one before it is.
 */
export interface CauseCandidate {
  readonly kind: CauseKind;
  /** of several the one with the strongest part; of a route the last */
  readonly layer: number;
  /** where it acts */
  readonly position: number;
  /** strongest first; none of a feed-forward layer or of neurons */
  readonly heads: readonly { readonly layer: number; readonly head: number; readonly attention: number; readonly estimated: number }[];
  /** what the heads read most; of a route what it begins with */
  readonly source?: number;
  /** a route's reads, in the order of their layers */
  readonly steps?: readonly CauseStep[];
  /** strongest first: the neurons that it is, or those of a feed-forward layer that matter most, where single ones do */
  readonly neurons: readonly {
    readonly layer: number;
    readonly neuron: number;
    /** absent: of a dense layer */
    readonly expert?: ExpertName;
    readonly estimated: number;
  }[];
  /** the expert that it is */
  readonly expert?: ExpertName;
  /** the names of its components with their positions: what is switched off to check it */
  readonly components: readonly string[];
  /** what it writes, as tokens */
  readonly writes: readonly TokenScore[];
  /** sum of the estimated effects of its components */
  readonly estimated: number;
  /** the story's strongest read is part of it, which is what its sentence names */
  readonly strongestRead?: true;
}

/** The answer of the `causes` call: guesses, none of them checked. */
export interface CauseCandidates {
  readonly schema: 'visit.cause-candidates/1';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  readonly target: FlowGraph['target'];
  readonly effects: EffectsSummary;
  /** by what candidates were looked for; absent: by both */
  readonly by?: 'share' | 'effect';
  /** how many causes are wanted: fewer than candidates */
  readonly wanted: number;
  /** in the order in which they are best checked: the most promising first */
  readonly candidates: readonly CauseCandidate[];
  /** how what the story's reads bring came to the tokens where it is read */
  readonly hops: readonly Hop[];
}

/** What decides the candidates besides model and prompt. */
export interface CauseOptions extends ResolvedTargetOptions {
  /** how many causes are wanted */
  readonly causes: number;
  /** candidates are what has the largest share, or the largest estimated effect; absent: both */
  readonly by?: 'share' | 'effect';
  /** tokens of what each writes */
  readonly tokens: number;
}

/** Components that are grouped into candidates: the strongest of them. */
const RANKED = 400;

/** For each cause that is wanted so many candidates are checked: estimates and shares are no more than good guesses. */
const CHECKED = { byEffect: 1.6, for: 1.2, byShare: 0.8, routes: 0.4 } as const;

/** Part of Σ |share| of all reads whose hops are looked for. */
const HOPS_OF = 0.6;

/**
 * Goes back through the pass once. Checking is another matter, a pass for each candidate, and is left to the caller: candidates can
 * then be shown one by one.
 *
 * @throws Problem `cancelled`, and as `buildEffects`
 */
export async function findCandidates(pass: InspectablePass, options: CauseOptions, context: CallContext): Promise<CauseCandidates> {
  const { causes: wanted, by } = options;
  // What is looked for in one way alone is looked for as far as in both.
  const all = CHECKED.byEffect + CHECKED.byShare;
  const count = (way: 'byEffect' | 'byShare'): number => Math.ceil((by === undefined ? CHECKED[way] : all) * wanted);
  const { by: _by, ...asked } = options;
  const story = await buildStory(pass, { ...asked, labelled: 0 }, context);
  const reads = story.reads.slice(0, reaching(story.reads, HOPS_OF * story.attention.absolute));
  const finder = new HopFinder(pass, options.position, reads);
  const effects = await buildEffects(
    pass,
    { ...options, baseline: { kind: 'zero' }, strongest: RANKED, kinds: ['head', 'mlp', 'expert', 'neuron'] },
    context,
    (block) => finder.look(block),
  );
  const hops = effects.effects.saturated ? [] : finder.found();
  const ranked = byEffect(effects);
  const groups = distinct([
    ...(by === 'share' ? [] : ranked.slice(0, count('byEffect'))),
    // Estimates of what speaks against the target must not take all places.
    ...(by === 'share' ? [] : ranked.filter(({ estimated }) => estimated > 0).slice(0, Math.ceil(CHECKED.for * wanted))),
    ...(by === 'effect' ? [] : byShare(story, effects).slice(0, count('byShare'))),
    // A route has no share.
    ...(by === 'share' ? [] : overHops(routesOf(hops, reads), effects).slice(0, Math.ceil(CHECKED.routes * wanted))),
  ]);
  const written = await writtenBy(pass, groups, options);
  const candidates = groups.map((group, i): CauseCandidate => ({
    kind: group.kind,
    layer: group.layer,
    position: group.position,
    heads: group.heads.map(({ layer, head = 0, reads, estimated }) => ({ layer, head, attention: reads?.attention ?? 0, estimated })),
    ...(group.source !== undefined && { source: group.source }),
    ...(group.steps && { steps: group.steps }),
    neurons: group.neurons.map(({ layer, neuron = 0, expert, estimated }) => ({
      layer,
      neuron,
      ...(expert !== undefined && { expert }),
      estimated,
    })),
    ...(group.expert !== undefined && { expert: group.expert }),
    components: componentsOf(group).map(componentName),
    writes: written[i] ?? [],
    estimated: group.estimated,
    ...(includes(group, story.reads[0], options.position) && { strongestRead: true }),
  }));
  const { model, prompt, tokens, position, target, effects: summary } = effects;
  return {
    schema: 'visit.cause-candidates/1',
    model,
    prompt,
    tokens,
    position,
    target,
    effects: summary,
    ...(by && { by }),
    wanted,
    candidates,
    hops,
  };
}

/** Whether a read at the position under study is part of a group. */
function includes({ kind, position, source, heads, steps = [] }: Group, read: StoryRead | undefined, at: number): boolean {
  if (read === undefined) return false;
  const of = headsOf(read).map(({ head }) => head);
  if (kind !== 'heads') return steps.some((step) => step.layer === read.layer && step.position === at && step.source === read.source);
  return position === at && source === read.source && heads.some(({ layer, head }) => layer === read.layer && of.includes(head ?? -1));
}

/** What each cause writes, as tokens: the sum of its parts at the position under study, read in one batch of the lens for all. */
async function writtenBy(pass: InspectablePass, groups: readonly Group[], { tokens, position }: CauseOptions): Promise<TokenScore[][]> {
  const { dModel: d } = pass.model;
  if (groups.length === 0) return [];
  const rows = new Float32Array(groups.length * d);
  for (const [i, group] of groups.entries()) {
    const row = rowOf(rows, i, d);
    for (const layer of layersOf(group)) addTo(row, await writtenInLayer(pass, group, layer));
  }
  const batch = await pass.read(rows, { target: { id: 0 }, k: tokens, position, at: writtenIn(groups) });
  return groups.map((_, i) => topAt(batch, i, pass));
}

function layersOf({ kind, layer, heads, neurons }: Group): readonly number[] {
  // A route ends in one layer; a feed-forward layer names some of its neurons, and is one.
  if (kind === 'mlp' || kind === 'expert') return [layer];
  return [...new Set([...heads, ...neurons].map((part) => part.layer))];
}

/** [d] What a group's parts in one layer write. */
async function writtenInLayer(pass: InspectablePass, group: Group, layer: number): Promise<Float32Array> {
  const { dModel: d } = pass.model;
  const state = await pass.block(layer, group.position);
  switch (group.kind) {
    case 'mlp':
      return state.mlp.out;
    case 'expert': {
      const { mlp } = state;
      const at = mlp.kind === 'experts' ? mlp.experts.findIndex(({ expert }) => expert === group.expert) : -1;
      return mlp.kind === 'experts' && at >= 0 ? rowOf(mlp.expertOut, at, d) : new Float32Array(d);
    }
    case 'heads':
    case 'route': {
      const heads = group.heads.filter((one) => one.layer === layer).map(({ head = 0 }) => head);
      return sumRows(state.attention.headOut, heads, d);
    }
    case 'neurons': {
      const ofLayer = group.neurons.filter((one) => one.layer === layer);
      const neurons = ofLayer.flatMap(({ expert, neuron = 0 }) => indexAtWork(state.mlp, { expert, neuron }));
      const { neuronValues } = await pass.vectors(layer, group.position, state, { heads: [], sources: [], oNeurons: [], neurons });
      const sum = new Float32Array(d);
      neurons.forEach((neuron, n) => {
        addTo(sum, rowOf(neuronValues, n, d), state.mlp.coefficients[neuron]);
      });
      return sum;
    }
  }
}
