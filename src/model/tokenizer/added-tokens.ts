/**
 * Added tokens are found in a text before anything else is done to it, longest first; what lies between them is cut as usual.
 */
import { slice, type AlignedText } from './aligned-text';
import type { AddedToken } from './definition';

/** A stretch of a text: an added token, or ordinary text where `token` is null. */
export interface Section {
  readonly token: AddedToken | null;
  readonly text: AlignedText;
}

/** Cuts a text at the tokens that are spelled in it. */
export type FindAdded = (text: AlignedText) => Section[];

const ENDS_WITH_WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const STARTS_WITH_WORD = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE_IN_FRONT = /\p{White_Space}*$/u;
const SPACE_BEHIND = /^\p{White_Space}*/u;

/** @param spell how a token's text appears in the texts that will be searched */
export function findAdded(tokens: readonly AddedToken[], spell: (content: string) => string = (content) => content): FindAdded {
  const spelled = new Map(tokens.map((token) => [spell(token.content), token]));
  spelled.delete('');
  if (spelled.size === 0) return (text) => (text.text === '' ? [] : [{ token: null, text }]);
  const alternatives = [...spelled.keys()].sort((a, b) => b.length - a.length).map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const pattern = new RegExp(alternatives.join('|'), 'gu');

  return (source) => {
    const { text } = source;
    const sections: Section[] = [];
    let end = 0;
    for (const { index, 0: match } of text.matchAll(pattern)) {
      const token = spelled.get(match);
      if (token === undefined || (token.single_word && isInsideWord(text, index, index + match.length))) continue;
      let from = index;
      let to = index + match.length;
      if (token.lstrip) from -= SPACE_IN_FRONT.exec(text.slice(end, from))?.[0].length ?? 0;
      if (token.rstrip) to += SPACE_BEHIND.exec(text.slice(to))?.[0].length ?? 0;
      if (from > end) sections.push({ token: null, text: slice(source, end, from) });
      sections.push({ token, text: slice(source, from, to) });
      end = to;
    }
    if (end < text.length) sections.push({ token: null, text: slice(source, end, text.length) });
    return sections;
  };
}

function isInsideWord(text: string, from: number, to: number): boolean {
  return ENDS_WITH_WORD.test(text.slice(0, from)) || STARTS_WITH_WORD.test(text.slice(to));
}
