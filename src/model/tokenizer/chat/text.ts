/** What Python does with texts where JavaScript does something else. */

/** White space, as `str.isspace` has it. */
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const WORD = new RegExp(`(?:(?!${SPACE})[^])+`, 'gu');
const STARTS = new RegExp(`^${SPACE}+`, 'u');
const ENDS = new RegExp(`${SPACE}+$`, 'u');
const LINES = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/u;

/** The sides from which something is taken. */
export type Sides = 'strip' | 'lstrip' | 'rstrip';

/** A text without the characters that it begins or ends with, or without white space. */
export function stripped(text: string, sides: Sides, characters: string | null): string {
  if (characters === null) {
    const begun = sides === 'rstrip' ? text : text.replace(STARTS, '');
    return sides === 'lstrip' ? begun : begun.replace(ENDS, '');
  }
  const goes = new Set(characters);
  const letters = [...text];
  let [start, end] = [0, letters.length];
  if (sides !== 'rstrip') while (start < end && goes.has(letters[start] ?? '')) start++;
  if (sides !== 'lstrip') while (end > start && goes.has(letters[end - 1] ?? '')) end--;
  return letters.slice(start, end).join('');
}

/** Words between white space; of the last cut on, all that is left. */
export function split(text: string, most: number): string[] {
  const words: string[] = [];
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (most >= 0 && words.length >= most) return [...words, text.slice(index)];
    words.push(word);
  }
  return words;
}

export function capitalized(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}

/** As the method of texts: what follows no letter is a capital. */
export const titled = (text: string): string => text.replace(/\p{L}+/gu, capitalized);

/** As the filter: what follows white space, a hyphen or an opening bracket. */
export const filteredTitle = (text: string): string =>
  text
    .split(/([-\s({[<]+)/u)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('');

/** Lines, without what ends them. */
export function linesOf(text: string): string[] {
  const lines = text.split(LINES);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** Lines further to the right. */
export function indented(text: string, by: string, first: boolean, blank: boolean): string {
  const lines = linesOf(`${text}\n`);
  const moved = lines.map((line, i) => (i > 0 && (blank || line !== '') ? by + line : line)).join('\n');
  return (first ? by : '') + moved;
}

const WHOLE = /^[+-]?\d+(?:_\d+)*$/;
const DECIMAL = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?$/i;
/** A number that a text is; null where it is none to Python. @param pattern what it may look like */
function numberIn(text: string, pattern: RegExp): number | null {
  const digits = stripped(text, 'strip', null);
  return pattern.test(digits) ? Number(digits.replaceAll('_', '')) : null;
}
export const wholeIn = (text: string): number | null => numberIn(text, WHOLE);
export const decimalIn = (text: string): number | null => numberIn(text, DECIMAL);

/** Which comes first, by the numbers of characters. */
export function order(one: string, other: string): number {
  const [letters, others] = [[...one], [...other]];
  for (const [i, letter] of letters.entries()) {
    const partner = others[i];
    if (partner === undefined) return 1;
    if (letter !== partner) return (letter.codePointAt(0) ?? 0) - (partner.codePointAt(0) ?? 0);
  }
  return letters.length - others.length;
}
