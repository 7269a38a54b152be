/** What may be the causes of a prediction, found by estimated effect and by share. docs/method.md, "Why this token". */
import type { CallContext } from '../call-context';
import { componentName, type Component } from '../format/component';
import type { EffectsSummary } from '../format/effects';
import type { FlowGraph, ModelInfo, PromptToken, TokenScore } from '../format/flow-graph';
import type { InspectablePass } from '../pass/inspectable-pass';
import { topAt } from '../pass/reading';
import type { ResolvedTargetOptions } from '../pass/target';
import { rowOf, sumRows } from '../pass/vector';
import { headsOf, headsOfHop } from './read-heads';
import { buildEffects, type ComponentEffect, type Effects } from './effects';
import { HopFinder, type Hop } from './hops';
import { routesOf, type Route } from './routes';
import { buildStory, reaching, type Story } from './story';

/** One read of a route. */
export interface CauseStep {
  readonly layer: number;
  /** where it is read from, and what is read */
  readonly position: number;
  readonly source: number;
  readonly heads: readonly number[];
}

/**
 * Parts of one layer that do the same at one position: heads that read one token, or a feed-forward layer. Or a route: reads of several
 * layers, each of the token at which the one before it is.
 */
export interface CauseCandidate {
  readonly kind: 'heads' | 'mlp' | 'route';
  /** of a route the last */
  readonly layer: number;
  /** where it acts */
  readonly position: number;
  /** strongest first; empty for a feed-forward layer */
  readonly heads: readonly { readonly head: number; readonly attention: number; readonly estimated: number }[];
  /** what the heads read most; of a route what it begins with */
  readonly source?: number;
  /** a route's reads, in the order of their layers */
  readonly steps?: readonly CauseStep[];
  /** the neurons of a feed-forward layer that matter most, where single ones do */
  readonly neurons: readonly { readonly neuron: number; readonly estimated: number }[];
  /** the names of its components with their positions: what is switched off to check it */
  readonly components: readonly string[];
  /** what it writes, as tokens */
  readonly writes: readonly TokenScore[];
  /** sum of the estimated effects of its components */
  readonly estimated: number;
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
  /** tokens of what each writes */
  readonly tokens: number;
}

/** Components that are grouped into candidates: the strongest of them. */
const RANKED = 120;

/** For each cause that is wanted so many candidates are checked: estimates and shares are no more than good guesses. */
const CHECKED = { byEffect: 1.4, byShare: 0.8, routes: 0.4 } as const;

/** Part of Σ |share| of all reads whose hops are looked for. */
const HOPS_OF = 0.6;

/** A head belongs to a cause where its effect is at least this part of the strongest one's. */
const MATTERS = 0.15;

/** Neurons are named where they bring at least this part of their layer's effect; so many at the most. */
const NEURON = { matters: 0.25, most: 2 } as const;

/**
 * Goes back through the pass once. Checking is another matter, a pass for each candidate, and is left to the caller: candidates can
 * then be shown one by one.
 *
 * @throws Problem `cancelled`, and as `buildEffects`
 */
export async function findCandidates(pass: InspectablePass, options: CauseOptions, context: CallContext): Promise<CauseCandidates> {
  const { causes: wanted } = options;
  const story = await buildStory(pass, { ...options, labelled: 0 }, context);
  const reads = story.reads.slice(0, reaching(story.reads, HOPS_OF * story.attention.absolute));
  const finder = new HopFinder(pass, options.position, reads);
  const effects = await buildEffects(
    pass,
    { ...options, baseline: { kind: 'zero' }, strongest: RANKED, kinds: ['head', 'mlp', 'neuron'] },
    context,
    (block) => finder.look(block),
  );
  const hops = effects.effects.saturated ? [] : finder.found();
  const groups = distinct([
    ...grouped(effects.strongest).slice(0, Math.ceil(CHECKED.byEffect * wanted)),
    ...byShare(story, effects).slice(0, Math.ceil(CHECKED.byShare * wanted)),
    ...overHops(routesOf(hops, reads), effects).slice(0, Math.ceil(CHECKED.routes * wanted)),
  ]);
  const written = await writtenBy(pass, groups, options);
  const candidates = groups.map((group, i): CauseCandidate => ({
    kind: group.kind,
    layer: group.layer,
    position: group.position,
    heads: group.heads.map(({ head = 0, reads, estimated }) => ({ head, attention: reads?.attention ?? 0, estimated })),
    ...(group.source !== undefined && { source: group.source }),
    ...(group.steps && { steps: group.steps }),
    neurons: group.neurons.map(({ neuron = 0, estimated }) => ({ neuron, estimated })),
    components: componentsOf(group).map(componentName),
    writes: written[i] ?? [],
    estimated: group.estimated,
  }));
  const { model, prompt, tokens, position, target, effects: summary } = effects;
  return { schema: 'visit.cause-candidates/1', model, prompt, tokens, position, target, effects: summary, wanted, candidates, hops };
}

interface Group {
  readonly kind: CauseCandidate['kind'];
  readonly layer: number;
  readonly position: number;
  readonly source?: number;
  readonly steps?: readonly CauseStep[];
  readonly heads: readonly ComponentEffect[];
  readonly neurons: readonly ComponentEffect[];
  readonly estimated: number;
}

/** Heads of one layer that read one token for, or against, the target at one position are one cause; so is a feed-forward layer. */
function grouped(all: readonly ComponentEffect[]): Group[] {
  // The first token sees nothing: what it computes is the same in every prompt, and heads rest on it where there is nothing to read.
  const ranked = all.some(({ position }) => position > 0) ? all.filter(({ position }) => position > 0) : all;
  const heads = new Map<string, ComponentEffect[]>();
  for (const each of ranked) {
    if (each.kind !== 'head') continue;
    const key = [each.layer, each.position, each.reads?.source, Math.sign(each.estimated)].join(' ');
    heads.set(key, [...(heads.get(key) ?? []), each]);
  }
  const sum = (of: readonly ComponentEffect[]): number => of.reduce((total, { estimated }) => total + estimated, 0);
  const ofHeads = [...heads.values()].map((all): Group => {
    const [first] = all;
    const kept = all.filter(({ estimated }) => Math.abs(estimated) >= MATTERS * Math.abs(first.estimated));
    return {
      kind: 'heads',
      layer: first.layer,
      position: first.position,
      source: first.reads?.source ?? first.position,
      heads: kept,
      neurons: [],
      estimated: sum(kept),
    };
  });
  const ofLayers = ranked
    .filter(({ kind }) => kind === 'mlp')
    .map((mlp): Group => {
      const { layer, position, estimated } = mlp;
      const neurons = ranked
        .filter((each) => each.kind === 'neuron' && each.layer === layer && each.position === position)
        .filter((each) => each.estimated * estimated > 0 && Math.abs(each.estimated) >= NEURON.matters * Math.abs(estimated))
        .slice(0, NEURON.most);
      return { kind: 'mlp', layer, position, heads: [], neurons, estimated };
    });
  return [...ofHeads, ...ofLayers].sort((a, b) => Math.abs(b.estimated) - Math.abs(a.estimated));
}

/** What the story shows as strongest: reads and feed-forward layers by |share|, with their estimated effects. */
function byShare(story: Story, effects: Effects): Group[] {
  const { position, reads, layers } = story;
  const ofReads = reads.map((read) => {
    const heads = headsOf(read).map(({ head, attention }): ComponentEffect => ({
      component: '',
      kind: 'head',
      layer: read.layer,
      head,
      position,
      estimated: effects.heads[read.layer]?.[head]?.[position] ?? 0,
      reads: { source: read.source, attention },
    }));
    const estimated = heads.reduce((sum, head) => sum + head.estimated, 0);
    const group: Group = { kind: 'heads', layer: read.layer, position, source: read.source, heads, neurons: [], estimated };
    return { share: read.share, group };
  });
  const ofLayers = layers.map(({ layer, mlp = 0 }) => {
    const estimated = effects.mlp[layer]?.[position] ?? 0;
    const group: Group = { kind: 'mlp', layer, position, heads: [], neurons: [], estimated };
    return { share: mlp, group };
  });
  return [...ofReads, ...ofLayers].sort((a, b) => Math.abs(b.share) - Math.abs(a.share)).map(({ group }) => group);
}

/** Routes, all of whose reads are one cause. */
function overHops(routes: readonly Route[], effects: Effects): Group[] {
  return routes.map(({ hops, read }): Group => {
    const { position } = effects;
    const named = headsOf(read);
    const heads = named.map(({ head, attention }): ComponentEffect => {
      const estimated = effects.sources[read.layer]?.[head]?.[read.source] ?? 0;
      return { component: '', kind: 'head', layer: read.layer, head, position, estimated, reads: { source: read.source, attention } };
    });
    const steps: CauseStep[] = hops.map((hop) => ({ ...stepOf(hop), heads: headsOfHop(hop).map(({ head }) => head) }));
    steps.push({ layer: read.layer, position, source: read.source, heads: named.map(({ head }) => head) });
    const estimated = hops.reduce((sum, { effect }) => sum + effect, 0) + heads.reduce((sum, head) => sum + head.estimated, 0);
    return { kind: 'route', layer: read.layer, position, source: hops[0].source, steps, heads, neurons: [], estimated };
  });
}

function stepOf({ layer, position, source }: Hop): Omit<CauseStep, 'heads'> {
  return { layer, position, source };
}

/** Of candidates with the same components, or heads that read the same, the first. */
function distinct(groups: readonly Group[]): Group[] {
  const seen = new Set<string>();
  return groups.filter(({ kind, layer, position, source, steps = [] }) => {
    const key = [kind, layer, position, source, ...steps.map((step) => `${step.layer} ${step.source}`)].join(' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function componentsOf({ kind, layer, position, heads, steps = [] }: Group): Component[] {
  const at = (p: number): Pick<Component, 'positions'> => ({ positions: [{ from: p, to: p }] });
  switch (kind) {
    case 'mlp':
      return [{ kind, layer, ...at(position) }];
    case 'heads':
      return heads.map(({ head = 0 }) => ({ kind: 'head', layer, head, ...at(position) }));
    case 'route':
      return steps.flatMap((step) =>
        step.heads.map((head): Component => ({ kind: 'source', layer: step.layer, head, source: step.source, ...at(step.position) })),
      );
  }
}

/** What each cause writes, as tokens: one look into its block, one batch of the lens for all. */
async function writtenBy(pass: InspectablePass, groups: readonly Group[], { position, tokens }: CauseOptions): Promise<TokenScore[][]> {
  const { dModel: d } = pass.model;
  if (groups.length === 0) return [];
  const rows = new Float32Array(groups.length * d);
  for (const [i, group] of groups.entries()) {
    const { attention, mlp } = await pass.block(group.layer, group.position);
    const heads = group.heads.map(({ head = 0 }) => head);
    rowOf(rows, i, d).set(group.kind === 'mlp' ? mlp.out : sumRows(attention.headOut, heads, d));
  }
  const at = groups.map(({ layer }) => ({ border: layer + 1, as: 'part' }) as const);
  const batch = await pass.read(rows, { target: { id: 0 }, k: tokens, position, at });
  return groups.map((_, i) => topAt(batch, i, pass));
}
