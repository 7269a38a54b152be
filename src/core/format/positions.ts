/** Positions of a prompt as they are named: `4`, `2-5`, `0,3-4`; from the end `-1`, `-3--1`. */
import * as l10n from '@vscode/l10n';
import { Problem } from '../problem';
import { showToken } from '../text/token-text';
import type { PromptToken } from './flow-graph';

/** First and last position, counted from 0, or from the end where negative: −1 is the last. */
export interface PositionRange {
  readonly from: number;
  readonly to: number;
}

const RANGE = /^(-?\d+)(?:-(-?\d+))?$/;

/** @throws Problem `no-such-component` when the text does not name positions */
export function parsePositions(text: string): PositionRange[] {
  return text.split(',').map((part): PositionRange => {
    const match = RANGE.exec(part.trim());
    if (!match) throw unreadable(`${JSON.stringify(part)} does not name positions.`);
    // Adding 0 turns −0 into 0.
    const [from, to] = [match[1], match[2] ?? match[1]].map((digits) => Number(digits) + 0);
    if (from < 0 === to < 0 && from > to) throw unreadable(`The range ${part.trim()} runs backwards.`);
    return { from, to };
  });
}

/** The text that `parsePositions` reads. */
export function positionsName(positions: readonly PositionRange[]): string {
  return positions.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

/**
 * The positions of a prompt of `count` tokens, each once, ascending.
 *
 * @throws Problem `position-out-of-range` when the prompt does not have one of them
 */
export function positionsOf(positions: readonly PositionRange[], count: number): number[] {
  const found = new Set<number>();
  for (const range of positions) {
    const [from, to] = [range.from, range.to].map((position) => {
      const index = position < 0 ? position + count : position;
      if (index >= 0 && index < count) return index;
      const those = count === 1 ? 'position 0 only' : `positions 0 to ${count - 1}`;
      throw new Problem(
        'position-out-of-range',
        `There is no position ${position}: the prompt has ${those}.`,
        'Negative positions count from the end: -1 is the last.',
      );
    });
    if (from > to) {
      throw new Problem(
        'position-out-of-range',
        `The range ${positionsName([range])} is empty: the prompt has ${count} tokens, so it would run from ${from} to ${to}.`,
        'Put the earlier position first.',
      );
    }
    for (let position = from; position <= to; position++) found.add(position);
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * "at position 4", "at positions 0 and 3 to 4", "at the last position".
 *
 * @param tokens of the prompt, where it is known, name a single position: "at ‘·Japan’ (4)"
 */
export function positionsInWords(positions: readonly PositionRange[], tokens?: readonly PromptToken[]): string {
  const one = positions.length === 1 && positions[0].from === positions[0].to ? positions[0].from : null;
  if (one !== null) {
    const index = one < 0 && tokens !== undefined ? one + tokens.length : one;
    const token = tokens?.[index];
    if (token !== undefined) return l10n.t`at ‘${showToken(token)}’ (${index})`;
    return one === -1 ? l10n.t('at the last position') : l10n.t`at position ${signed(one)}`;
  }
  const parts = positions.map(({ from, to }) => (from === to ? signed(from) : l10n.t`${signed(from)} to ${signed(to)}`));
  const last = parts.at(-1) ?? '';
  const before = parts.slice(0, -1).join(', ');
  return parts.length === 1 ? l10n.t`at positions ${last}` : l10n.t`at positions ${before} and ${last}`;
}

/** A true minus sign, which reads as one after "to". */
function signed(position: number): string {
  return position < 0 ? `−${-position}` : `${position}`;
}

function unreadable(message: string): Problem {
  return new Problem('no-such-component', message, 'Positions look like @4, @2-5, @0,3-4, or from the end @-1.');
}
