/** Which parts of a pass are one cause, as far as can be guessed before any is switched off. docs/method.md, "Why this token". */
import { componentName, type Component, type ExpertName } from '../format/component';
import type { ComponentEffect, Effects } from './effects';
import type { Hop } from './hops';
import { headsOf, headsOfHop } from './read-heads';
import type { Route } from './routes';
import type { Story, StoryRead } from './story';

/** A part belongs to a cause where its effect is at least this part of the strongest one's. */
const MATTERS = 0.2;

/** Parts of one cause, and neurons that are named of a feed-forward layer, at the most. */
const MOST = { parts: 8, withinLayer: 2 } as const;

/** A neuron is named of a feed-forward layer where it brings at least this part of its effect. */
const WITHIN_LAYER = 0.1;

/** What a cause is made of: parts that do the same, or the reads of a route. */
export type CauseKind = 'heads' | 'neurons' | 'mlp' | 'expert' | 'route';

/** One read of a route. */
export interface CauseStep {
  readonly layer: number;
  /** where it is read from, and what is read */
  readonly position: number;
  readonly source: number;
  readonly heads: readonly number[];
}

/** A candidate in the making. */
export interface Group {
  readonly kind: CauseKind;
  readonly layer: number;
  readonly position: number;
  readonly source?: number;
  /** the expert that it is */
  readonly expert?: ExpertName;
  readonly steps?: readonly CauseStep[];
  readonly heads: readonly ComponentEffect[];
  readonly neurons: readonly ComponentEffect[];
  readonly estimated: number;
}

/**
 * Heads, of any layer, that read one token for, or against, the target at one position are one cause: where one of them is off the others
 * make up for it. So are the neurons, of any layer, that speak for or against it at one position; and so is a feed-forward layer.
 */
export function byEffect({ strongest: all }: Pick<Effects, 'strongest'>): Group[] {
  // The first token sees nothing: what it computes is the same in every prompt, and heads rest on it where there is nothing to read. No
  // estimate holds for either; what is read of it at the position under study has a share.
  const later = all.filter(({ position, reads }) => position > 0 && reads?.source !== 0);
  const ranked = later.length > 0 ? later : all;
  const parts = new Map<string, ComponentEffect[]>();
  for (const each of ranked) {
    const { kind, layer, position, reads, estimated, expert } = each;
    const isWhole = kind === 'mlp' || kind === 'expert';
    const key = [kind, position, isWhole ? layer : Math.sign(estimated), reads?.source, kind === 'expert' ? expert : ''].join(' ');
    parts.set(key, [...(parts.get(key) ?? []), each]);
  }
  const neurons = ranked.filter(({ kind }) => kind === 'neuron');
  return [...parts.values()].map((of) => groupOf(of, neurons)).sort((a, b) => Math.abs(b.estimated) - Math.abs(a.estimated));
}

/** @param parts strongest first */
function groupOf(parts: readonly ComponentEffect[], neurons: readonly ComponentEffect[]): Group {
  const [{ kind, layer, position, reads, estimated: most, expert }] = parts;
  const kept = parts.filter(({ estimated }) => Math.abs(estimated) >= MATTERS * Math.abs(most)).slice(0, MOST.parts);
  const estimated = kept.reduce((sum, part) => sum + part.estimated, 0);
  switch (kind) {
    case 'head':
      return { kind: 'heads', layer, position, source: reads?.source ?? position, heads: kept, neurons: [], estimated };
    case 'neuron':
      return { kind: 'neurons', layer, position, heads: [], neurons: kept, estimated };
    case 'expert':
      if (expert !== undefined) {
        const own = neurons.filter((each) => each.expert === expert);
        return { ...mlpGroup(layer, position, estimated, own), kind: 'expert', expert };
      }
      return mlpGroup(layer, position, estimated, neurons);
    default:
      return mlpGroup(layer, position, estimated, neurons);
  }
}

function mlpGroup(layer: number, position: number, estimated: number, strongest: readonly ComponentEffect[]): Group {
  const neurons = strongest
    .filter((each) => each.kind === 'neuron' && each.layer === layer && each.position === position)
    .filter((each) => each.estimated * estimated > 0 && Math.abs(each.estimated) >= WITHIN_LAYER * Math.abs(estimated))
    .slice(0, MOST.withinLayer);
  return { kind: 'mlp', layer, position, heads: [], neurons, estimated };
}

/** What the story shows as strongest: reads and feed-forward layers by |share|, with their estimated effects. */
export function byShare(story: Story, effects: Effects): Group[] {
  const { position, reads, layers } = story;
  const bySource = new Map<string, StoryRead[]>();
  for (const read of reads) {
    const key = [read.source, Math.sign(read.share)].join(' ');
    bySource.set(key, [...(bySource.get(key) ?? []), read]);
  }
  const ofReads = [...bySource.values()].map((same) => {
    const most = Math.abs(same[0].share);
    const heads = same
      .filter(({ share }) => Math.abs(share) >= MATTERS * most)
      .flatMap((read) => headsOf(read).map((head) => ({ ...head, layer: read.layer, source: read.source })))
      .sort((a, b) => Math.abs(b.share) - Math.abs(a.share))
      .slice(0, MOST.parts);
    const share = heads.reduce((sum, head) => sum + head.share, 0);
    const group = groupOfHeads(heads, position, effects);
    return { share, group };
  });
  const ofLayers = layers.map(({ layer, mlp = 0 }) => {
    const estimated = effects.mlp[layer]?.[position] ?? 0;
    return { share: mlp, group: mlpGroup(layer, position, estimated, effects.strongest) };
  });
  return [...ofReads, ...ofLayers].sort((a, b) => Math.abs(b.share) - Math.abs(a.share)).map(({ group }) => group);
}

function groupOfHeads(
  named: readonly { readonly layer: number; readonly head: number; readonly attention: number; readonly source: number }[],
  position: number,
  effects: Effects,
): Group {
  const heads = named.map(({ layer, head, attention, source }): ComponentEffect => ({
    component: '',
    kind: 'head',
    layer,
    head,
    position,
    estimated: effects.heads[layer]?.[head]?.[position] ?? 0,
    reads: { source, attention },
  }));
  const [{ layer, reads }] = heads;
  const estimated = heads.reduce((sum, head) => sum + head.estimated, 0);
  return { kind: 'heads', layer, position, source: reads?.source ?? position, heads, neurons: [], estimated };
}

/** Routes, all of whose reads are one cause. */
export function overHops(routes: readonly Route[], effects: Effects): Group[] {
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

/** Of candidates with the same components the first. */
export function distinct(groups: readonly Group[]): Group[] {
  const seen = new Set<string>();
  return groups.filter((group) => {
    const key = componentsOf(group).map(componentName).sort().join(' ');
    return !seen.has(key) && seen.add(key);
  });
}

/** What is switched off to check a candidate. */
export function componentsOf({ kind, layer, position, heads, neurons, expert = 'shared', steps = [] }: Group): Component[] {
  const at = (p: number): Pick<Component, 'positions'> => ({ positions: [{ from: p, to: p }] });
  switch (kind) {
    case 'mlp':
      return [{ kind, layer, ...at(position) }];
    case 'expert':
      return [{ kind, layer, expert, ...at(position) }];
    case 'heads':
      return heads.map(({ layer, head = 0 }) => ({ kind: 'head', layer, head, ...at(position) }));
    case 'neurons':
      return neurons.map(({ layer, neuron = 0, expert }) => ({
        kind: 'neuron',
        layer,
        neuron,
        ...(expert !== undefined && { expert }),
        ...at(position),
      }));
    case 'route':
      return steps.flatMap((step) =>
        step.heads.map((head): Component => ({ kind: 'source', layer: step.layer, head, source: step.source, ...at(step.position) })),
      );
  }
}
