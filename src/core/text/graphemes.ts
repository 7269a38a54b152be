/** Characters as a reader counts them: an accent belongs to its letter, a joined emoji is one. */

let segmenter: Intl.Segmenter | undefined;

/** The grapheme clusters of a text, and where each begins. */
export function graphemes(text: string): Intl.Segments {
  // Made when it is first needed: that takes as long as reading a tenth of the program, and few runs need it.
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  return segmenter.segment(text);
}
