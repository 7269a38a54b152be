/**
 * Text that remembers where it came from: every UTF-16 unit knows which units of the prompt it stands for. Normalizers and
 * pre-tokenizers are edits of such texts, so that a token's offsets are right whatever happened before it was cut.
 */

/** A text made from a stretch of the prompt. An inserted character stands for nothing: its range is empty. */
export interface AlignedText {
  readonly text: string;
  /** [UTF-16 units of `text`] first UTF-16 unit of the prompt that it stands for */
  readonly starts: Uint32Array;
  /** [UTF-16 units of `text`] one past the last */
  readonly ends: Uint32Array;
}

/** Puts `image` where units [from, to) of a text were; an insertion has `from` = `to`. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly image: string;
}

/** The prompt's own text. */
export function align(text: string): AlignedText {
  const starts = new Uint32Array(text.length);
  const ends = new Uint32Array(text.length);
  let at = 0;
  for (const character of text) {
    starts.fill(at, at, at + character.length);
    ends.fill(at + character.length, at, at + character.length);
    at += character.length;
  }
  return { text, starts, ends };
}

/** Units [from, to) of a text. */
export function slice({ text, starts, ends }: AlignedText, from: number, to: number): AlignedText {
  return { text: text.slice(from, to), starts: starts.subarray(from, to), ends: ends.subarray(from, to) };
}

/** Applies edits that do not overlap, in ascending order. Every unit of an image stands for all that it replaces. */
export function edit(source: AlignedText, edits: readonly Edit[]): AlignedText {
  if (edits.length === 0) return source;
  const length = edits.reduce((sum, { from, to, image }) => sum + image.length - (to - from), source.text.length);
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  const parts: string[] = [];
  let read = 0;
  let written = 0;
  const keepUpTo = (to: number): void => {
    parts.push(source.text.slice(read, to));
    starts.set(source.starts.subarray(read, to), written);
    ends.set(source.ends.subarray(read, to), written);
    written += to - read;
    read = to;
  };
  for (const { from, to, image } of edits) {
    keepUpTo(from);
    const [start, end] = rangeOf(source, from, to);
    parts.push(image);
    starts.fill(start, written, written + image.length);
    ends.fill(end, written, written + image.length);
    written += image.length;
    read = to;
  }
  keepUpTo(source.text.length);
  return { text: parts.join(''), starts, ends };
}

/** What units [from, to) stand for; an empty stretch is where the text continues, or at its end. */
export function rangeOf({ text, starts, ends }: AlignedText, from: number, to: number): [start: number, end: number] {
  if (to > from) return [starts[from], ends[to - 1]];
  const at = from < text.length ? starts[from] : (ends.at(-1) ?? 0);
  return [at, at];
}

/** Every match of a pattern as an edit. An image is taken as it is: `$` means nothing. */
export function edits(text: string, pattern: RegExp, image: (match: string) => string): Edit[] {
  return Array.from(text.matchAll(pattern), ({ index, 0: match }) => ({ from: index, to: index + match.length, image: image(match) }));
}
