/** Scales: where a node stands between the least and the most noteworthy, and what a legend must say about it. */
import * as l10n from '@vscode/l10n';
import { shareOfInWords } from '#core/present/describe';
import { effectOfInWords } from '#core/present/effect-words';
import type { FlowGraph, FlowNode, Reading } from '#core/format/flow-graph';
import { NODE_KINDS, type NodeKind } from '#core/format/node-kinds';
import { assertNever } from '#core/problem';
import { showToken } from '#core/text/token-text';
import { formatCount, formatNumber, formatSigned } from '../format/number';

export const COLOUR_BY = ['rank', 'share', 'effect', 'entropy', 'norm'] as const;
/** The quantity that colours nodes. */
export type ColourBy = (typeof COLOUR_BY)[number];

/** What a scale looks at; graph nodes and stream steps both have it. */
export interface Measured {
  readonly reading: Reading | null;
  readonly norm: number;
  readonly share?: number | undefined;
  readonly effect?: FlowNode['effect'] | undefined;
}

/** A label of the legend at a place of the gradient, 0 = left end, 1 = right end. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface Scale {
  readonly by: ColourBy;
  /** For the legend: what is measured, and how it is spread. */
  readonly title: string;
  readonly diverging: boolean;
  /** Place on the palette, 0…1; on a diverging scale 0.5 is zero. Null where the quantity has no meaning. */
  place(item: Measured): number | null;
  readonly ticks: readonly Tick[];
  /** by what the stream is coloured, where this says nothing of it: the stream is the sum of all shares, and no component */
  readonly stream?: Scale;
}

/** The scale by which a node of a kind is coloured. */
export function scaleFor(kind: NodeKind, scale: Scale): Scale {
  return NODE_KINDS[kind].role === 'stream' ? (scale.stream ?? scale) : scale;
}

/** Names of the scales as the control lists them. */
export const SCALE_NAMES: Readonly<Record<ColourBy, string>> = {
  rank: l10n.t('Rank of target'),
  share: l10n.t('Logit share'),
  effect: l10n.t('Estimated effect'),
  entropy: l10n.t('Entropy'),
  norm: l10n.t('Norm'),
};

/** What the legend calls the target, and its shares. */
export interface ScaleNames {
  readonly target: string;
  readonly share: string;
}

/** The scale of a graph, for its nodes and for the depth strip. */
export function scaleOf(
  graph: FlowGraph,
  by: ColourBy,
  names: ScaleNames = { target: showToken(graph.target), share: shareOfInWords(graph) },
): Scale {
  switch (by) {
    case 'rank':
      return rankScale(graph, names.target);
    case 'share':
      return { ...shareScale(graph, names.share), stream: rankScale(graph, names.target) };
    case 'effect':
      return { ...effectScale(graph), stream: rankScale(graph, names.target) };
    case 'entropy':
      return entropyScale(graph);
    case 'norm':
      return normScale([...graph.nodes, ...graph.stream]);
    default:
      return assertNever(by);
  }
}

/** Where ranks stand: tenfold steps are evenly spaced, rank 1 is the right end. */
export function rankAxis(vocabSize: number): { place(rank: number): number; readonly ticks: readonly Tick[] } {
  const span = Math.log(Math.max(2, vocabSize));
  const place = (rank: number) => 1 - Math.log(rank) / span;
  // Tenfold steps and the last rank; a step too near to that would be printed over it.
  const ranks = [...[1, 10, 100, 1_000, 10_000, 100_000].filter((rank) => place(rank) > 0.2), vocabSize];
  return { place, ticks: ranks.map((rank) => ({ at: place(rank), label: formatCount(rank) })).reverse() };
}

function rankScale({ model }: FlowGraph, name: string): Scale {
  const { place, ticks } = rankAxis(model.vocabSize);
  return {
    by: 'rank',
    title: l10n.t`Rank of ${name}`,
    diverging: false,
    place: ({ reading }) => (reading === null ? null : place(reading.target.rank)),
    ticks,
  };
}

function entropyScale({ model }: FlowGraph): Scale {
  const most = Math.log2(Math.max(2, model.vocabSize));
  return {
    by: 'entropy',
    title: l10n.t('Entropy in bits; stronger is more certain'),
    diverging: false,
    place: ({ reading }) => (reading === null ? null : 1 - reading.entropy / most),
    ticks: [most, most / 2, 0].map((bits) => ({ at: 1 - bits / most, label: formatNumber(bits) })),
  };
}

function normScale(items: readonly Measured[]): Scale {
  const norms = items.map((item) => item.norm).filter((norm) => norm > 0);
  const low = norms.length > 0 ? Math.min(...norms) : 1;
  const high = Math.max(low * 1.001, ...norms);
  const span = Math.log(high / low);
  return {
    by: 'norm',
    title: l10n.t('Norm, logarithmic'),
    diverging: false,
    place: ({ norm }) => (norm > 0 ? Math.log(norm / low) / span : 0),
    ticks: [0, 0.5, 1].map((at) => ({ at, label: formatNumber(low * Math.exp(span * at)) })),
  };
}

/** The stream holds the sum of all shares: single components are what the ends of this scale are made for. */
function shareScale({ nodes }: FlowGraph, name: string): Scale {
  const shares = nodes.flatMap((node) => (NODE_KINDS[node.kind].role === 'stream' ? [] : [node.share ?? 0]));
  return signedScale('share', name, shares, ({ share }) => share);
}

/** Effects of components: a step of the stream is none. */
function effectScale({ nodes, target, effects: summary }: FlowGraph): Scale {
  if (summary === undefined) {
    // They are asked for once they are seen; until then there is nothing to scale.
    const title = l10n.t`${effectOfInWords({ target, effects: summary })}: not estimated yet`;
    return { by: 'effect', title, diverging: true, place: () => null, ticks: [] };
  }
  const effects = nodes.flatMap((node) => (NODE_KINDS[node.kind].role === 'stream' ? [] : [node.effect?.value ?? 0]));
  return signedScale('effect', effectOfInWords({ target, effects: summary }), effects, ({ effect }) => effect?.value);
}

/** Up to the largest of the values on both sides of zero; the square root tells small ones apart. */
function signedScale(by: ColourBy, name: string, values: readonly number[], valueOf: (item: Measured) => number | undefined): Scale {
  const most = Math.max(0, ...values.map(Math.abs));
  return {
    by,
    title: l10n.t`${name}, square-root`,
    diverging: true,
    place(item) {
      const value = valueOf(item);
      return value === undefined ? null : signedPlace(value, most);
    },
    ticks: signedTicks(most),
  };
}

/** Place of a value on a diverging scale whose ends are ±most, 0…1: zero in the middle; the square root tells small ones apart. */
export function signedPlace(value: number, most: number): number {
  return value === 0 ? 0.5 : 0.5 + (Math.sign(value) * Math.sqrt(Math.min(1, Math.abs(value) / most))) / 2;
}

/** Ends and middle of a diverging scale; where everything is 0, the middle alone. */
export function signedTicks(most: number, format: (value: number) => string = formatSigned): readonly Tick[] {
  const zero: Tick = { at: 0.5, label: '0' };
  return most > 0 ? [{ at: 0, label: format(-most) }, zero, { at: 1, label: format(most) }] : [zero];
}
