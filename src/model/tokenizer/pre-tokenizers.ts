/**
 * Where a text is cut before the model sees it, on aligned text and as the reference implementation does it: white space and
 * numbers are Unicode's, `Split` and `Punctuation` know all their behaviours, `Metaspace` cuts.
 */
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { edit, edits, slice, type AlignedText } from './aligned-text';
import { componentSchema, readComponent, type Component } from './definition';
import { literally, NO_TOKENIZER, patternSchema, readPattern, searching } from './file-pattern';
import { byteLevelSpelling } from './token-bytes';

/** Cuts texts. What it leaves out (white space, mostly) no token stands for. */
export type Cut = (texts: readonly AlignedText[]) => AlignedText[];

const behaviorSchema = z.enum(['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous']);
/** What becomes of the matches of a pattern. */
type Behavior = z.infer<typeof behaviorSchema>;

const sequenceSchema = z.looseObject({ pretokenizers: z.array(componentSchema) });
const byteLevelSchema = z.looseObject({ add_prefix_space: z.boolean().default(true), use_regex: z.boolean().default(true) });
const splitSchema = z.looseObject({
  pattern: patternSchema,
  behavior: behaviorSchema,
  invert: z.boolean().default(false),
});
const digitsSchema = z.looseObject({ individual_digits: z.boolean().default(false) });
const punctuationSchema = z.looseObject({ behavior: behaviorSchema.default('Isolated') });
const metaspaceSchema = z.looseObject({
  replacement: z.string().default('▁'),
  prepend_scheme: z.enum(['always', 'first', 'never']).optional(),
  /** how older files say it */
  add_prefix_space: z.boolean().default(true),
  split: z.boolean().default(true),
});

/** GPT-2's pattern. JavaScript's `\s` contains U+FEFF and lacks U+0085; the reference's is Unicode's White_Space. */
const GPT2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
const NUMBER = /\p{N}/gu;
const PUNCTUATION = /[\p{P}$+<=>^`|~]/gu;
const WHITE_SPACE = /\p{White_Space}/gu;
const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;
/** Characters that byte-level spelling changes. */
const NOT_PRINTABLE_ASCII = /[^\x21-\x7e]/gu;

/**
 * How a pre-tokenizer of tokenizer.json cuts.
 * @throws Problem `tokenizer-invalid` for one that is not known here
 */
export function preTokenization(component: Component | null): Cut {
  if (component === null) return (texts) => [...texts];
  switch (component.type) {
    case 'Sequence': {
      const steps = readComponent(sequenceSchema, component).pretokenizers.map(preTokenization);
      return (texts) => steps.reduce((pieces, step) => step(pieces), [...texts]);
    }
    case 'ByteLevel': {
      const settings = readComponent(byteLevelSchema, component);
      return each((text) => byteLevel(text, settings));
    }
    case 'Metaspace':
      return each(metaspace(readComponent(metaspaceSchema, component)));
    case 'Split': {
      const { pattern, behavior, invert } = readComponent(splitSchema, component);
      const found = readPattern(pattern);
      return (texts) => searching(found, () => texts.flatMap((text) => cutAt(text, found.expression, behavior, invert)));
    }
    case 'Digits': {
      const behavior = readComponent(digitsSchema, component).individual_digits ? 'Isolated' : 'Contiguous';
      return each((text) => cutAt(text, NUMBER, behavior));
    }
    case 'Punctuation': {
      const { behavior } = readComponent(punctuationSchema, component);
      return each((text) => cutAt(text, PUNCTUATION, behavior));
    }
    case 'WhitespaceSplit':
      return each((text) => cutAt(text, WHITE_SPACE, 'Removed'));
    case 'Whitespace':
      return each((text) => cutAt(text, WORD, 'Removed', true));
    default:
      throw new Problem('tokenizer-invalid', `The tokenizer uses an unsupported pre-tokenizer (${component.type}).`, NO_TOKENIZER);
  }
}

/** Cuts text by text. */
function each(cut: (text: AlignedText) => AlignedText[]): Cut {
  return (texts) => texts.flatMap(cut);
}

/** Whether a pre-tokenizer may leave out parts of a text. */
export function leavesOut(component: Component | null): boolean {
  if (component === null) return false;
  if (component.type === 'Sequence') return readComponent(sequenceSchema, component).pretokenizers.some(leavesOut);
  return component.type.startsWith('Whitespace') || component['behavior'] === 'Removed';
}

function byteLevel(text: AlignedText, settings: z.infer<typeof byteLevelSchema>): AlignedText[] {
  const isPrefixed = settings.add_prefix_space && !text.text.startsWith(' ');
  const whole = isPrefixed ? edit(text, [{ from: 0, to: 0, image: ' ' }]) : text;
  const pieces = settings.use_regex ? cutAt(whole, GPT2, 'Isolated') : [whole];
  return pieces.map((piece) => edit(piece, edits(piece.text, NOT_PRINTABLE_ASCII, byteLevelSpelling)));
}

function metaspace({
  replacement: mark,
  prepend_scheme,
  add_prefix_space,
  split,
}: z.infer<typeof metaspaceSchema>): (text: AlignedText) => AlignedText[] {
  const scheme = prepend_scheme ?? (add_prefix_space ? 'always' : 'never');
  const boundary = literally(mark);
  return (text) => {
    const marked = edit(
      text,
      edits(text.text, / /g, () => mark),
    );
    const isWanted = scheme === 'always' || (scheme === 'first' && marked.starts[0] === 0);
    const whole = isWanted && !marked.text.startsWith(mark) ? edit(marked, [{ from: 0, to: 0, image: mark }]) : marked;
    return split ? cutAt(whole, boundary, 'MergedWithNext') : [whole];
  };
}

/** Cuts at the matches of a pattern; with `invert`, what lies between the matches counts as the match. */
function cutAt(text: AlignedText, pattern: RegExp, behavior: Behavior, invert = false): AlignedText[] {
  const pieces: { from: number; to: number; match: boolean }[] = [];
  let end = 0;
  for (const {
    index,
    0: { length },
  } of text.text.matchAll(pattern)) {
    pieces.push({ from: end, to: index, match: invert }, { from: index, to: index + length, match: !invert });
    end = index + length;
  }
  pieces.push({ from: end, to: text.text.length, match: invert });

  const joined: typeof pieces = [];
  const filled = pieces.filter(({ from, to }) => to > from);
  for (const [i, piece] of filled.entries()) {
    const last = joined.at(-1);
    if (behavior === 'Removed' && piece.match) continue;
    if (last !== undefined && joins(behavior, filled[i - 1].match, piece.match)) last.to = piece.to;
    else joined.push({ ...piece });
  }
  return joined.map(({ from, to }) => slice(text, from, to));
}

/** Whether a piece goes into one with the piece before it. A match joins one neighbour, and only a neighbour that is none. */
function joins(behavior: Behavior, isBeforeMatch: boolean, isMatch: boolean): boolean {
  if (behavior === 'Contiguous') return isBeforeMatch === isMatch;
  if (behavior === 'MergedWithPrevious') return isMatch && !isBeforeMatch;
  if (behavior === 'MergedWithNext') return !isMatch && isBeforeMatch;
  return false;
}
