/** A comparison for a terminal: both predictions, where the passes diverge, and what changed. */
import type { Comparison, NodeChange, Side } from '../../core/format/comparison';
import { isWhatIf, sideWords } from '../../core/present/side-words';
import { cancellingChangesNote } from '../../core/present/cancelling-effects';
import { whatChanged } from '../../core/compare/what-changed';
import { contrastInWords, nodeTitle, targetInWords } from '../../core/present/describe';
import { spokenTokens } from '../../core/format/spoken-tokens';
import type { FlowGraph, FlowNode } from '../../core/format/flow-graph';
import { showPrompt, showToken } from '../../core/text/token-text';
import { changedModel } from './changed-model';
import { percent, signed } from './figures';
import { columns } from './table';
import { tokenAt } from './token-at';

/** Lines of the list. */
const LISTED = 20;
/** Tokens named of a node. */
const NAMED = 3;

/**
 * Blocks of lines: sides, what was changed of the model, borders, nodes; with their effects where the comparison has any.
 *
 * @param by whose change orders the nodes: that of the share of the contrast, or of the effect
 */
export function changesTable(comparison: Comparison, by: 'share' | 'effect' = 'share'): string {
  const { left, right, contrast, parting } = comparison;
  const names = sideNames(comparison);
  const sides = columns([
    ['', 'prompt', 'prediction', 'target', 'rank', `contrast: ${contrastInWords(comparison)}`],
    sideRow(names.left, left, contrast.left),
    sideRow(names.right, right, contrast.right),
  ]);
  const interventions = [...interventionRows(names.left, left), ...interventionRows(names.right, right)];
  const changes = interventions.length === 0 ? '' : `${columns([['', 'changed', 'to'], ...interventions])}\n`;
  const borders = columns([
    ['after layer', 'divergence', 'cosine', 'contrast', names.left, names.right],
    ...parting.map(({ layer, divergence, cosine, contrast: step }, i) => [
      layer < 0 ? 'embeddings' : `${layer}`,
      divergence.toFixed(3),
      cosine.toFixed(3),
      signed(step),
      topOf(left.stream[i]),
      topOf(right.stream[i]),
    ]),
  ]);
  const nodes = { left: byId(left), right: byId(right) };
  const withEffects = left.effects !== undefined;
  const changed = columns([
    ['contrast', ...(withEffects ? [`effect: ${names.left}`, `effect: ${names.right}`, 'change'] : []), 'node', names.left, names.right],
    ...whatChanged(comparison, by === 'effect' ? 'effect' : 'contrast')
      .slice(0, LISTED)
      .map((change) => [
        signed(change.change.contrast ?? 0),
        ...(withEffects ? effectCells(change, nodes) : []),
        titleOf(change, comparison, nodes),
        tokensOf(nodes.left.get(change.left ?? '')),
        tokensOf(nodes.right.get(change.right ?? '')),
      ]),
  ]);
  const note = withEffects ? cancellingChangesNote(whatChanged(comparison, 'effect').map(({ change }) => change.effect ?? null)) : null;
  return `${sides}\n${changes}${borders}\n${changed}${note === null ? '' : `${note}\n`}`;
}

/** Left and right, as in the options; one prompt before and after a change of the model. */
function sideNames(comparison: Comparison): Readonly<Record<Side, string>> {
  if (!isWhatIf(comparison)) return { left: 'left', right: 'right' };
  const { left, right } = sideWords(comparison);
  return { left: left.there, right: right.there };
}

function interventionRows(side: string, { interventions = [] }: FlowGraph): string[][] {
  return changedModel(interventions).map((row) => [side, ...row]);
}

function sideRow(side: string, graph: FlowGraph, contrast: number): string[] {
  return [side, showPrompt(graph.prompt), topOf(graph.stream.at(-1)), targetInWords(graph), `${graph.target.rank}`, signed(contrast)];
}

function titleOf({ left, right }: NodeChange, comparison: Comparison, nodes: Record<Side, Map<string, FlowNode>>): string {
  const [leftNode, rightNode] = [nodes.left.get(left ?? ''), nodes.right.get(right ?? '')];
  const [onLeft, onRight] = [leftNode && nodeTitle(leftNode, comparison.left), rightNode && nodeTitle(rightNode, comparison.right)];
  if (onLeft === undefined || onRight === undefined || onLeft === onRight) return onLeft ?? onRight ?? '';
  const source = rightNode?.source === undefined ? '' : ` / ‘${tokenAt(comparison.right.tokens, rightNode.source)}’`;
  return `${onLeft}${source}`;
}

function byId(graph: FlowGraph): Map<string, FlowNode> {
  return new Map(graph.nodes.map((node) => [node.id, node]));
}

/** Estimated effects on both sides, and the change. */
function effectCells({ left, right, change }: NodeChange, nodes: Record<Side, Map<string, FlowNode>>): string[] {
  const figures = [nodes.left.get(left ?? '')?.effect?.value, nodes.right.get(right ?? '')?.effect?.value, change.effect];
  return figures.map((figure) => (figure === undefined ? '' : signed(figure)));
}

/** What a node says, in short. */
function tokensOf(node: FlowNode | undefined): string {
  const tokens = node ? spokenTokens(node) : [];
  return tokens.length === 0 ? '–' : tokens.slice(0, NAMED).map(showToken).join(' ');
}

/** The most likely token of a border; nothing where there is no such border. */
function topOf(border: FlowGraph['stream'][number] | undefined): string {
  const best = border?.reading.top[0];
  return best ? `${showToken(best)} ${percent(best.probability)}` : '';
}
