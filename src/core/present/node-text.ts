/** A node’s card as text: lines whose columns are tabs, so that a spreadsheet takes them for cells and a paper for columns. */
import * as l10n from '@vscode/l10n';
import type { FlowGraph, FlowNode, Reading, TokenScore } from '../format/flow-graph';
import { showToken } from '../text/token-text';
import { nodeTitle, shareInWords } from './describe';
import { effectName } from './effect-words';
import { unreadNote } from './unread-words';
import type { Reference } from '../format/effects';

/** Significant digits of figures. */
const DIGITS = 4;

/**
 * What a card says, in full: title, prompt, figures, and both lists of tokens with probabilities and logits. Figures are plain
 * numbers, probabilities between 0 and 1.
 *
 * @param reference what its effect was measured or estimated against
 */
export function nodeText(node: FlowNode, graph: FlowGraph, reference: Reference): string {
  const { reading, share, effect, coefficient, attention, norm } = node;
  const unread = unreadNote(node);
  const figures: readonly (readonly [name: string, value: number | undefined])[] = [
    [l10n.t('Rank of {0}', showToken(graph.target)), reading?.target.rank],
    [l10n.t('Probability of {0}', showToken(graph.target)), reading?.target.probability],
    [shareInWords(graph), share],
    [effectName(effect?.how, reference), effect?.value],
    [l10n.t('Attention'), attention],
    [l10n.t('Coefficient'), coefficient],
    [l10n.t('Entropy, bits'), reading?.entropy],
    [l10n.t('Norm'), norm],
  ];
  const lines = [
    [nodeTitle(node, graph)],
    [l10n.t('Prompt'), graph.prompt],
    ...figures.flatMap(([name, value]) => (value === undefined ? [] : [[name, plain(value)]])),
    ...(unread === undefined ? [] : [[unread]]),
    ...(reading === null ? [] : listsOf(reading)),
    ...(node.also ?? []).flatMap((other) => [[other.title], ...listsOf(other.reading)]),
  ];
  return lines.map((cells) => `${cells.map(cell).join('\t')}\n`).join('');
}

function listsOf({ top, bottom }: Reading): string[][] {
  const list = (name: string, tokens: readonly TokenScore[]): string[][] =>
    tokens.length === 0
      ? []
      : [
          [name, l10n.t('Probability'), l10n.t('Logit')],
          ...tokens.map((token) => [showToken(token), plain(token.probability), plain(token.logit)]),
        ];
  return [...list(l10n.t('Most likely'), top), ...list(l10n.t('Least likely'), bottom)];
}

/** A number as spreadsheets read it, with a hyphen for the minus sign. */
function plain(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}

/** One cell: a text that a spreadsheet would take for a formula is kept from being one, a number is not. */
function cell(text: string): string {
  const line = text.replace(/[\t\r\n]+/g, ' ');
  return /^[=+\-@]/.test(line) && Number.isNaN(Number(line)) ? `'${line}` : line;
}
