/** Columns → lists of tokens with their scores, each made when it is first read. */
import type { TokenScore } from '../../format/flow-graph';
import { deferred, type Rows } from './rows';
import { EXCEPTION, expectedProbability, withUnits, type TokenPart } from './scores';

/** Numbers of a column of lists. */
export interface ScoreColumns {
  /** of `TokenPart` */
  readonly tokens: Rows;
  /** of each list */
  readonly lengths: ArrayLike<number>;
  /** of each score, its place in `tokens` */
  readonly places: ArrayLike<number>;
  readonly logits: ArrayLike<number>;
  /** units that a probability is off by, or `EXCEPTION` */
  readonly residuals: ArrayLike<number>;
  /** probabilities of exceptions, in their order */
  readonly given: ArrayLike<number>;
}

/** See the head of this file. */
export function scoreLists(columns: ScoreColumns): Rows {
  let begins: Begins | undefined;
  return deferred((row) => {
    begins ??= beginsOf(columns);
    const start = begins.scores[row];
    return scoreList(columns, start, start + columns.lengths[row], begins.exceptions[row]);
  });
}

/** Where each list begins among all scores, and among all exceptions. */
interface Begins {
  readonly scores: Uint32Array;
  readonly exceptions: Uint32Array;
}

function beginsOf({ lengths, residuals }: ScoreColumns): Begins {
  const scores = new Uint32Array(lengths.length);
  const exceptions = new Uint32Array(lengths.length);
  let [at, exception] = [0, 0];
  for (let i = 0; i < lengths.length; i++) {
    scores[i] = at;
    exceptions[i] = exception;
    for (const end = at + lengths[i]; at < end; at++) if (residuals[at] === EXCEPTION) exception += 1;
  }
  return { scores, exceptions };
}

function scoreList(
  { tokens, places, logits, residuals, given }: ScoreColumns,
  start: number,
  end: number,
  exceptions: number,
): TokenScore[] {
  const scores: TokenScore[] = [];
  let exception = exceptions;
  for (let at = start; at < end; at++) {
    const { id, text, fragment } = tokens.at(places[at]) as TokenPart;
    const logit = logits[at];
    const off = residuals[at];
    // The first of a list is an exception.
    const probability = off === EXCEPTION ? given[exception++] : withUnits(expectedProbability(scores[0], logit), off);
    scores.push(fragment ? { id, text, fragment, logit, probability } : { id, text, logit, probability });
  }
  return scores;
}
