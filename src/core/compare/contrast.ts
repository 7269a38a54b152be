/**
 * The one question that two passes are asked, so that their answers can be subtracted: how much more does this speak for
 * the right side's target than for the left side's? A linear function of every summand of the stream, in each pass with
 * its own final norm's scale frozen (docs/method.md, "Share" and "Comparison").
 */
import type { InspectablePass } from '../pass/inspectable-pass';
import type { Target } from '../pass/lens';

/** The question in the words of one pass: its answer for a summand x is ⟨direction, x⟩. */
export interface Question {
  /** [d] */ readonly direction: Float64Array;
  /** share of the final norm's bias */ readonly bias: number;
}

/** True when both targets ask for the same. */
export function sameTarget(a: Target, b: Target): boolean {
  return a.id === b.id && a.against === b.against;
}

/** What a pass is asked: logit(right target) − logit(left target), or the logit of the one target that both sides have. */
export async function askOf(pass: InspectablePass, position: number, left: Target, right: Target): Promise<Question> {
  const one = sameTarget(left, right);
  const ids = [right, ...(one ? [] : [left])].flatMap(({ id, against }) => (against === undefined ? [id] : [id, against]));
  const rows = await pass.directions(position, ids);
  const d = pass.model.dModel;
  const direction = new Float64Array(d);
  let row = 0;
  const add = ({ against }: Target, sign: 1 | -1): void => {
    for (let c = 0; c < d; c++) direction[c] += sign * (rows[row * d + c] - (against === undefined ? 0 : rows[(row + 1) * d + c]));
    row += against === undefined ? 1 : 2;
  };
  add(right, 1);
  if (!one) add(left, -1);
  return { direction, bias: (await pass.normBias(right)) - (one ? 0 : await pass.normBias(left)) };
}

/** ⟨direction, x⟩ in double precision. */
export function answer({ direction }: Pick<Question, 'direction'>, x: Float32Array): number {
  let sum = 0;
  for (let c = 0; c < x.length; c++) sum += direction[c] * x[c];
  return sum;
}
