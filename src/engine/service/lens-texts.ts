/** Texts that a lens is fitted on, cut into parts that each run as a prompt. */
import { Problem, type ProblemCode } from '../../core/problem';
import type { FitKind } from '../runtime/fitting/lens-sums';
import { divide, type FitParts, type FittedPiece } from '../runtime/fitting/parts';
import { readPrompt } from './prompt';
import type { OpenModel } from './runnable-model';

/** A text as it is given. */
export interface LensText {
  readonly name: string;
  readonly text: string;
  /** each line is a text of its own; absent: lines belong together */
  readonly lines?: boolean | undefined;
}

/** Parts of texts, and those that could not be run. */
export interface ReadTexts {
  readonly parts: FitParts;
  readonly skipped: { readonly name: string; readonly reason: string }[];
}

/** Characters of a part at most, less where they are more tokens than the model reads. Cut at a line or a word. */
const CHARACTERS = { fitted: 800, jacobian: 500 };

/** Tokens of a part at most. A Jacobian goes through its part once for every feature of the stream; 128 is what is published. */
const TOKENS = { fitted: Infinity, jacobian: 128 };

/** Of what is run, this part is fitted on; see `divide`. */
const FITTED_PART = 0.8;

/** What may be wrong with one part, while the others are used. */
const OF_ONE_PART: ReadonlySet<ProblemCode> = new Set(['empty-prompt', 'prompt-too-long', 'token-out-of-range', 'tokenizer-invalid']);

/**
 * Cuts texts into parts, from all in turn.
 *
 * @param wanted tokens that are to be fitted on
 * @throws Problem `empty-prompt` when there are too few parts, or none of them can be read; `tokenizer-missing`
 */
export function readTexts(texts: readonly LensText[], wanted: number, kind: FitKind, open: OpenModel): ReadTexts {
  const waiting = texts.map(({ name, text, lines = false }) => ({ name, text, lines, from: 0, characters: CHARACTERS[kind] }));
  const pieces: FittedPiece[] = [];
  const skipped: { name: string; reason: string }[] = [];
  const most = wanted / FITTED_PART;
  let tokens = 0;
  while (tokens < most && waiting.some(({ text, from }) => from < text.length)) {
    for (const entry of waiting) {
      if (entry.from >= entry.text.length || tokens >= most) continue;
      const part = entry.text.slice(entry.from, cutAfter(entry));
      try {
        const read = readPrompt({ text: part.trim() }, open, 'A part of the text');
        const piece = { text: read.text, tokens: read.tokens.slice(0, TOKENS[kind]) };
        entry.from += part.length;
        pieces.push(piece);
        tokens += piece.tokens.length;
      } catch (error) {
        const problem = Problem.from(error);
        if (problem.code === 'prompt-too-long' && part.length > 1) {
          // Read again, in shorter parts from here on.
          entry.characters = Math.floor(part.length / 2);
          continue;
        }
        entry.from += part.length;
        if (!OF_ONE_PART.has(problem.code)) throw problem;
        if (part.trim() !== '') skipped.push({ name: entry.name, reason: problem.message });
      }
    }
  }
  if (pieces.length === 0 && skipped.length > 0) {
    throw new Problem('empty-prompt', `No part of the texts can be run: ${skipped[0].reason}`, 'Give other texts.');
  }
  return { parts: divide(pieces), skipped };
}

/** Where a part that begins at `from` ends. @param place.lines no part goes beyond a line */
function cutAfter({ text, from, characters, lines }: { text: string; from: number; characters: number; lines: boolean }): number {
  const end = from + characters;
  const next = lines ? text.indexOf('\n', from) : -1;
  if (next >= 0 && next < end) return next + 1;
  if (end >= text.length) return text.length;
  const line = text.lastIndexOf('\n', end);
  const word = text.lastIndexOf(' ', end);
  const cut = line > from + characters / 2 ? line : word;
  return cut > from ? cut + 1 : end;
}
