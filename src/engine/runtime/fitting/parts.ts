/** Texts that a lens is fitted on, cut into prompts: which are fitted on, and which are held back. */
import type { PromptToken } from '../../../core/format/flow-graph';
import { Problem } from '../../../core/problem';
import type { FitKind } from './lens-sums';

/** A part of a text, run as one prompt. */
export interface FittedPiece {
  readonly text: string;
  readonly tokens: readonly PromptToken[];
}

/** All pieces by what they are for. */
export interface FitParts {
  readonly fitted: readonly FittedPiece[];
  /** held back to choose the ridge strength */
  readonly chosen: readonly FittedPiece[];
  /** held back to judge */
  readonly judged: readonly FittedPiece[];
}

/** Most tokens that are held back for each purpose: predictions over a vocabulary, at every border, take far longer than the passes. */
const MOST = { chosen: 250, judged: 1000 };

/** Fewest pieces that have one of each part. */
const FEWEST = 10;

/** Tokens of a unit, at least: products of so many rows are near their peak speed. */
const UNIT_TOKENS = 1024;

/** One piece in ten is held back to choose the strength, and one to judge: the fifth and the tenth of every ten. */
const partOf = (i: number): keyof FitParts => (i % 10 === 9 ? 'judged' : i % 10 === 4 ? 'chosen' : 'fitted');

/** @throws Problem `empty-prompt` when there are too few pieces */
export function divide(pieces: readonly FittedPiece[]): FitParts {
  if (pieces.length < FEWEST) {
    throw new Problem('empty-prompt', `The texts make ${pieces.length} parts; a lens needs ${FEWEST}.`, 'Give more text.');
  }
  const parts = { fitted: [] as FittedPiece[], chosen: [] as FittedPiece[], judged: [] as FittedPiece[] };
  pieces.forEach((piece, i) => {
    const part = partOf(i);
    if (part === 'fitted' || countTokens(parts[part]) < MOST[part]) parts[part].push(piece);
  });
  return parts;
}

/**
 * What is added to the sums at once, and never in part. It follows from all pieces, whichever shard is computed, so that every
 * sharding adds the same numbers.
 */
export function unitsOf(fitted: readonly FittedPiece[], kind: FitKind): readonly (readonly FittedPiece[])[] {
  // A prompt's Jacobian takes as many backward passes as the stream is wide.
  if (kind === 'jacobian') return fitted.map((piece) => [piece]);
  const units: FittedPiece[][] = [];
  for (const piece of fitted) {
    const last = units.at(-1);
    if (last && countTokens(last) < UNIT_TOKENS) last.push(piece);
    else units.push([piece]);
  }
  return units;
}

/** Tokens of all pieces. */
export function countTokens(pieces: readonly FittedPiece[]): number {
  return pieces.reduce((sum, { tokens }) => sum + tokens.length, 0);
}
