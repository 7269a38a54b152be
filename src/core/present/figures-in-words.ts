/** Figures and lists as a sentence has them. */
import * as l10n from '@vscode/l10n';

/** “4”, “4 and 5”, “4, 5 and 7” */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  const [first, last] = [words.slice(0, -1).join(', '), words[words.length - 1] ?? ''];
  return l10n.t`${first} and ${last}`;
}

/** A sentence of what begins one. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A probability that moves by less than this has not moved. */
export const MOVES = 0.005;

/** A share with one decimal: “+2.7”. */
export function signedText(value: number): string {
  const digits = Math.abs(value).toFixed(1);
  return `${Number(digits) === 0 ? '' : value < 0 ? '−' : '+'}${digits}`;
}

/** A space at which no line breaks. */
const NO_BREAK = '\u00a0';

/** A part of 1 as people say it, in one piece: “92 %”, “0.3 %”. */
export function percentText(part: number): string {
  const percent = 100 * part;
  if (percent >= 1 || percent === 0) return `${Math.round(percent)}${NO_BREAK}%`;
  return percent < 0.01 ? l10n.t('less than 0.01 %') : `${percent.toPrecision(1)}${NO_BREAK}%`;
}
