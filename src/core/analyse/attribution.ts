/**
 * Direct logit attribution over a whole graph: which summands of the final residual stream the graph shows, and how much
 * of what is measured of the target (its logit less the mean of all logits, the logit, or a difference of two) each of them brings. docs/method.md, "Share".
 */
import * as l10n from '@vscode/l10n';
import type { FlowGraph, FlowNode } from '../format/flow-graph';
import { componentName, componentOfNode } from '../format/component';
import { nodeId } from '../format/node-id';
import { NODE_KINDS, type NodeKind } from '../format/node-kinds';

/** How the graph shows a summand: as itself, within a `rest`, or not at all because it belongs to layers that are not drawn. */
export type SummandPart = 'drawn' | 'rest' | 'outside';

/** One summand of the final stream. */
export interface Summand {
  /** node that shows it; null where none does */
  readonly node: string | null;
  /** what it is, for a summand that no node shows */
  readonly title?: string;
  readonly part: SummandPart;
  readonly share: number;
}

/** Disjoint summands that together are the final stream, and what they amount to. */
export interface Attribution {
  readonly summands: readonly Summand[];
  /** Part of the absolute share, Σ |share|, that is drawn; the three parts sum to 1. */
  readonly drawn: number;
  readonly rest: number;
  readonly outside: number;
  /** Σ share, the final norm's bias included */
  readonly sum: number;
  /** what `target.measure` names, as the model computed it */
  readonly measured: number;
  /** sum − measured: rounding, where everything is in order */
  readonly discrepancy: number;
}

/**
 * How a node counts, or undefined where it does not. A head is counted by its sources. Rows of W_O are a second view of the
 * same heads, and nodes of the stream and outputs of blocks are sums: none of them counts.
 *
 * @param embedded true where the embeddings are drawn, so that the stream before the first layer is made of them
 */
function partOf(kind: NodeKind, embedded: boolean): SummandPart | undefined {
  const { summand } = NODE_KINDS[kind];
  if (summand === 'before') return embedded ? undefined : 'outside';
  return summand === 'again' ? undefined : summand;
}

/** The summands of a graph. Layers that are not drawn count as two: the stream before the drawn ones, and what came after. */
export function attribute({ nodes, stream, layers, target, normBias }: FlowGraph): Attribution {
  const summands: Summand[] = [];
  const embedded = nodes.some(({ kind, share }) => NODE_KINDS[kind].role === 'embedding' && share !== undefined);
  for (const { id, kind, share } of nodes) {
    if (share === undefined) continue;
    const part = partOf(kind, embedded);
    if (part) summands.push({ node: id, part, share });
  }
  const last = layers[layers.length - 1];
  const after = stream.filter(({ layer }) => layer > last);
  if (after.length > 0) {
    const title = after.length === 1 ? l10n.t`layer ${last + 1}` : l10n.t`layers ${last + 1} to ${last + after.length}`;
    summands.push({ node: null, title, part: 'outside', share: after.reduce((sum, { share }) => sum + share, 0) });
  }
  if (normBias !== 0)
    summands.push({ node: null, title: l10n.t('biases of final norm and unembedding'), part: 'outside', share: normBias });

  const sum = summands.reduce((total, { share }) => total + share, 0);
  const absolute = totalShare(summands);
  const portion = (part: SummandPart): number => (absolute === 0 ? 0 : totalShare(summands.filter((s) => s.part === part)) / absolute);
  const { measured } = target;
  return {
    summands,
    drawn: portion('drawn'),
    rest: portion('rest'),
    outside: portion('outside'),
    sum,
    measured,
    discrepancy: sum - measured,
  };
}

/** Σ |share| */
function totalShare(summands: readonly { readonly share?: number | undefined }[]): number {
  return summands.reduce((total, { share }) => total + Math.abs(share ?? 0), 0);
}

/** A figure that is to be checked against others: three decimals, whatever its size. */
export function exactFigure(value: number): string {
  return value.toFixed(3).replace('-', '−');
}

/** Largest discrepancy that rounding explains. */
const TOLERANCE = 1e-3;

/**
 * An attribution in words, the longest first: "What is drawn explains 92 % of the logit, parts not drawn 8 %. Sum 11.304 = logit ·Tokyo 11.304",
 * then without the sum, then the first figure alone. Percent are of Σ |share|.
 *
 * @param said what the summands sum to, with its figures, as `measuredFigures` says it
 */
export function attributionLines(
  { drawn, rest, outside, sum, measured, discrepancy }: Attribution,
  said: string,
): readonly [full: string, ...shorter: string[]] {
  const percent = (part: number): string => `${Math.round(part * 100)} %`;
  const [shown, left, elsewhere] = [drawn, rest, outside].map(percent) as [string, string, string];
  const parts =
    outside > 0
      ? l10n.t`What is drawn explains ${shown} of the logit, parts not drawn ${left}, other layers and the final bias ${elsewhere}.`
      : l10n.t`What is drawn explains ${shown} of the logit, parts not drawn ${left}.`;
  const [total, right] = [sum, measured].map(exactFigure);
  const sign = total === right ? '=' : Math.abs(discrepancy) <= TOLERANCE * Math.max(1, Math.abs(measured)) ? '≈' : '≠';
  const check = l10n.t`Sum ${total ?? ''} ${sign} ${said}`;
  const short = [l10n.t`drawn ${shown}`, l10n.t`not drawn ${left}`, ...(outside > 0 ? [l10n.t`other layers ${elsewhere}`] : [])];
  return [
    // docs/method.md, "Share": a cap bends the sum into the logit; a norm on the stream leaves single summands without shares.
    [parts, sign === '≠' ? l10n.t`${check}: this model’s logit is not a plain sum` : check].join(' '),
    parts,
    short.join(' · '),
    short[0] ?? '',
  ];
}

/** The ranking in which a kind is shown or left out by its share; null: in none. The rows of W_O, a second view, have their own. */
function rankingOf(kind: NodeKind): 'summands' | 'rows' | null {
  const { summand } = NODE_KINDS[kind];
  if (summand === 'again') return 'rows';
  return summand === 'drawn' || summand === 'rest' ? 'summands' : null;
}

export const KEEP_BY = ['share', 'effect'] as const;
/** By what nodes are kept. */
export type KeepBy = (typeof KEEP_BY)[number];

/**
 * The nodes that account for a fraction of the absolute share, or effect: of what the drawn layers add, the largest summands that
 * together reach it, with the nodes that belong to them. The residual stream and the stages of a block always stay, and so
 * do pinned nodes. A larger fraction never takes a node away; 1 keeps all.
 *
 * @param fraction from 0 to 1
 */
export function nodesForShare(
  { nodes }: Pick<FlowGraph, 'nodes'>,
  fraction: number,
  pinned: ReadonlySet<string> = new Set(),
  by: KeepBy = 'share',
): ReadonlySet<string> {
  const sizeOf = ({ share = 0, effect }: FlowNode): number => Math.abs(by === 'share' ? share : (effect?.value ?? 0));
  if (fraction >= 1) return new Set(nodes.map(({ id }) => id));
  const kept = new Set<string>();
  const groups = new Set<string>();
  const keep = (node: FlowNode): void => {
    kept.add(node.id);
    for (const group of groupsKeptBy(node)) groups.add(group);
  };
  for (const ranking of ['summands', 'rows'] as const) {
    const ranked = nodes.filter(({ kind }) => rankingOf(kind) === ranking).sort((a, b) => sizeOf(b) - sizeOf(a));
    const wanted = fraction * ranked.reduce((total, node) => total + sizeOf(node), 0);
    let reached = 0;
    for (const node of ranked) {
      if (reached >= wanted) break;
      reached += sizeOf(node);
      keep(node);
    }
  }
  for (const node of nodes) if (pinned.has(node.id)) keep(node);
  for (const node of nodes) {
    const { companion } = NODE_KINDS[node.kind];
    if (companion ? groups.has(ownGroup(node) ?? '') : rankingOf(node.kind) === null) kept.add(node.id);
  }
  return kept;
}

/** The effects of what the drawn blocks add, drawn or gathered, each once: that of a head or neuron is also what it writes through an adapter. */
export function effectsOfSummands(nodes: readonly FlowNode[]): readonly number[] {
  return nodes.flatMap(({ kind, effect }) =>
    rankingOf(kind) === 'summands' && NODE_KINDS[kind].role !== 'update' && effect !== undefined ? [effect.value] : [],
  );
}

/** Name of what a node belongs to: a neuron, one source of a head, a head; null for anything larger. */
function ownGroup(node: FlowNode): string | null {
  const component = componentOfNode(node);
  return component === null || component.kind === 'attention' || component.kind === 'mlp' ? null : componentName(component);
}

/** Names of what a node keeps in the drawing: what it belongs to, and the head of a source that is drawn for its share. */
function groupsKeptBy(node: FlowNode): string[] {
  const own = ownGroup(node);
  // A neuron keeps its expert, and so does what gathers an expert's neurons.
  if (node.expert !== undefined && rankingOf(node.kind) === 'summands') {
    return [nodeId.expert(node.layer, node.expert), ...(own === null ? [] : [own])];
  }
  if (own === null || rankingOf(node.kind) === 'rows') return [];
  return rankingOf(node.kind) === 'summands' && node.head !== undefined ? [own, nodeId.headOut(node.layer, node.head)] : [own];
}
