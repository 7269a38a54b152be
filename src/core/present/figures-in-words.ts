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

/** One decimal; what is smaller than a tenth has one digit that says something: “2.7”, “−0.03”. */
export function figureText(value: number): string {
  const size = Math.abs(value);
  if (size < 1e-6) return '0.0';
  const oneDigit = Number(size.toPrecision(1));
  const digits = size >= 0.095 ? size.toFixed(1) : oneDigit.toFixed(-Math.floor(Math.log10(oneDigit)));
  return `${value < 0 ? '−' : ''}${digits}`;
}

/** The same with a sign: “+2.7”. */
export function signedText(value: number): string {
  const text = figureText(value);
  return value > 0 && text !== '0.0' ? `+${text}` : text;
}

/** A space at which no line breaks. */
const NO_BREAK = '\u00a0';

/** A part of 1 as people say it, in one piece: “92 %”, “0.3 %”. */
export function percentText(part: number): string {
  const percent = 100 * part;
  if (percent >= 1 || percent === 0) return `${Math.round(percent)}${NO_BREAK}%`;
  return percent < 0.01 ? l10n.t('less than 0.01 %') : `${percent.toPrecision(1)}${NO_BREAK}%`;
}
