/** What is written in the boxes of an upright drawing. */
import * as l10n from '@vscode/l10n';
import type { FlowGraph, FlowNode } from '#core/format/flow-graph';
import { NODE_KINDS } from '#core/format/node-kinds';
import { isSilent, spokenTokens } from '#core/format/spoken-tokens';
import { isUnread } from '#core/format/unread';
import { countsOf, type Others } from '#core/present/rows/choose-rows';
import type { RowGraph } from '#core/present/rows/row-graph';
import { showToken } from '#core/text/token-text';
import type { ColourBy } from '../lib/colour/scales';
import { formatCount, formatNumber, formatProbability, formatRank, formatSigned } from '../lib/format/number';
import { labelOf } from '../lib/format/label';

/** The texts of one box. */
export interface RowText {
  /** which head, neuron or place; empty for none */
  readonly tag: string;
  /** in place of it where there is no room for both it and the figure */
  readonly shortTag?: string;
  /** the longest first: the first that has room is written */
  readonly texts: readonly string[];
  /** at the right end; empty for none */
  readonly figure: string;
  /** where there is no room for both, the figure matters more than the text */
  readonly figureFirst?: boolean;
}

/** What a box says. @param by decides which figure components show */
export function rowText(
  node: FlowNode,
  { others, unitOf, layout }: RowGraph,
  graph: Pick<FlowGraph, 'tokens' | 'layers' | 'target'>,
  by: ColourBy,
): RowText {
  const gathered = others.get(node.id);
  const figure = figureOf(node, by);
  if (gathered !== undefined) return { tag: '', texts: [...othersTexts(gathered), ''], figure, figureFirst: true };
  const unit = unitOf.get(node.id);
  const said = tokensOf(node);
  switch (node.kind) {
    case 'embed':
    case 'pos_embed':
    case 'resid_pre':
    case 'resid_mid':
    case 'resid_post': {
      const onLine = graph.layers.length > 2 && node.kind === 'resid_post' && (layout.nodes.get(node.id)?.width ?? Infinity) < 250;
      const target = node.reading?.target;
      if (onLine)
        return {
          tag: '',
          texts: said.slice(-1),
          figure: target !== undefined && target.probability >= 0.01 ? formatProbability(target.probability) : '',
        };
      return { tag: streamName(node), texts: said, figure: target === undefined ? '' : `${showToken(graph.target)} ${standing(target)}` };
    }
    case 'head_value': {
      const source = node.source === undefined ? undefined : graph.tokens[node.source];
      const read = source === undefined ? '' : showToken(source);
      const attention = node.attention === undefined ? '' : ` ${formatProbability(node.attention)}`;
      return { tag: `h${node.head ?? ''}`, texts: [`${read}${attention} → ${labelOf(node)}`, `${read}${attention}`, read], figure: '' };
    }
    case 'neuron_key':
      return {
        tag: neuronTag(node),
        texts: said,
        figure: node.coefficient === undefined ? '' : `×${formatNumber(node.coefficient)}`,
      };
    case 'head_out':
    case 'neuron_value': {
      const tag = node.kind === 'head_out' ? `h${node.head ?? ''}` : neuronTag(node);
      const { reads = null } = unit ?? {};
      if (reads === null) return { tag, texts: said, figure };
      if (layout.nodes.has(reads.id)) return { tag: '', texts: said, figure };
      // On the line of a layer the box says also what is read.
      if (node.kind === 'neuron_value') return { tag, texts: said, figure };
      const source = reads.source === undefined ? undefined : graph.tokens[reads.source];
      const read = source === undefined ? '' : showToken(source);
      const attention = reads.attention === undefined ? '' : ` ${formatProbability(reads.attention)}`;
      return { tag, texts: [...said.map((tokens) => `${read}${attention} → ${tokens}`), ...said], figure };
    }
    case 'attn_out':
      return { tag: l10n.t('attention'), texts: [...said, ''], figure, figureFirst: true };
    case 'mlp_out':
      return { tag: l10n.t('feed-forward'), shortTag: l10n.t('MLP'), texts: [...said, ''], figure, figureFirst: true };
    case 'heads_rest':
    case 'neuron_rest': {
      const words = restTexts(node.kind === 'heads_rest' ? (node.count ?? 0) : 0, node.kind === 'neuron_rest' ? (node.count ?? 0) : 0);
      return { tag: '', texts: [...words, ''], figure, figureFirst: true };
    }
    default:
      return { tag: constantName(node), texts: said, figure };
  }
}

/** What is added besides heads and neurons. */
function constantName({ kind }: FlowNode): string {
  switch (NODE_KINDS[kind].role) {
    case 'bias':
      return l10n.t('bias');
    case 'update':
      return l10n.t('adapter');
    default:
      return l10n.t('patched');
  }
}

function streamName({ kind, layer }: FlowNode): string {
  switch (kind) {
    case 'embed':
      return l10n.t('token embedding');
    case 'pos_embed':
      return l10n.t('position');
    case 'resid_pre':
      return l10n.t`before layer ${layer}`;
    case 'resid_mid':
      return l10n.t('after attention');
    default:
      return l10n.t`after layer ${layer}`;
  }
}

/** The share, or the effect where that is what colours tell. */
function figureOf({ share, effect }: FlowNode, by: ColourBy): string {
  const value = by === 'effect' && effect !== undefined ? effect.value : share;
  if (value === undefined) return '';
  // Two decimals each, below each other: what is added up can be checked.
  return Math.abs(value) >= 100
    ? formatSigned(value)
    : `${value >= 0.005 ? '+' : ''}${value.toFixed(2)}`.replace('-', '−').replace(/^−(0\.00)$/, '$1');
}

/** How near the target is to the top: its probability, or its rank where that is small. */
function standing({ rank, probability }: { readonly rank: number; readonly probability: number }): string {
  return probability >= 0.01 ? formatProbability(probability) : formatRank(rank);
}

/** The first three tokens, the first two, the first. */
function tokensOf(node: FlowNode): readonly string[] {
  if (node.intervention === 'zero' || isSilent(node) || isUnread(node)) return [labelOf(node)];
  const tokens = spokenTokens(node).slice(0, 3).map(showToken);
  return [3, 2, 1].filter((count) => count <= tokens.length).map((count) => tokens.slice(0, count).join('  '));
}

/** What the box says that stands for what is left out of a layer of the whole circuit. */
export function leftOutText(node: FlowNode): RowText {
  const count = node.count ?? 0;
  return {
    tag: '',
    texts: [l10n.t`${formatGrouped(count)} others`, `+${formatCount(count)}`, ''],
    figure: figureOf(node, 'share'),
    figureFirst: true,
  };
}

function othersTexts(others: Others): readonly string[] {
  const { heads, neurons } = countsOf(others);
  const run = others.first === others.last ? '' : `${l10n.t`layers ${others.first}–${others.last}`}: `;
  return restTexts(heads, neurons).map((text) => run + text);
}

/** A neuron’s number, after its expert’s where it is of one: `n311`, `e7.311`; `e∗.311` of the shared one. */
function neuronTag({ neuron, expert }: FlowNode): string {
  const number = String(neuron ?? '');
  return expert === undefined ? `n${number}` : `e${expert === 'shared' ? '∗' : expert}.${number}`;
}

/** "6 more heads", in several lengths. */
function restTexts(heads: number, neurons: number): readonly string[] {
  const of = (count: number, one: string, many: string): string[] => (count === 0 ? [] : [count === 1 ? one : many]);
  const long = [
    ...of(heads, l10n.t('1 more head'), l10n.t`${formatGrouped(heads)} more heads`),
    ...of(neurons, l10n.t('1 more neuron'), l10n.t`${formatGrouped(neurons)} more neurons`),
  ];
  const all = heads + neurons;
  if (all === 0) return [l10n.t('the rest')];
  return [long.join(', '), l10n.t`${formatGrouped(all)} others`, l10n.t`+${formatCount(all)}`];
}

const formatGrouped = (count: number): string => count.toLocaleString('en-US');
