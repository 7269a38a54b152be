/**
 * The one question that two passes are asked, so that their answers can be subtracted: how much more does this speak for
 * the right side's target than for the left side's? A linear function of every summand of the stream, in each pass with
 * its own final norm's scale frozen (docs/method.md, "Share" and "Comparison").
 */
import type { Contrast, Side } from '../format/comparison';
import type { InspectablePass } from '../pass/inspectable-pass';
import { measureOf, type Target } from '../pass/lens';
import { settledTarget, shareDirection, type ResolvedTargetOptions } from '../pass/target';
import { rowOf } from '../pass/vector';

/** The question in the words of one pass: its answer for a summand x is ⟨direction, x⟩. */
export interface Question {
  /** [d] */ readonly direction: Float64Array;
  /** share of the final norm's bias */ readonly bias: number;
}

/** True when both targets ask for the same. */
export function sameTarget(a: Target, b: Target): boolean {
  return a.id === b.id && a.against === b.against && measureOf(a) === measureOf(b);
}

/** What a pass is asked: what is measured of the right target − that of the left target, or that of the one target that both sides have. */
export async function askOf(pass: InspectablePass, position: number, left: Target, right: Target): Promise<Question> {
  const one = sameTarget(left, right);
  const direction = Float64Array.from(await shareDirection(pass, position, right));
  if (!one) (await shareDirection(pass, position, left)).forEach((x, c) => (direction[c] -= x));
  return { direction, bias: (await pass.normBias(right)) - (one ? 0 : await pass.normBias(left)) };
}

/** One pass at the position under study. */
export interface AskedPass {
  readonly pass: InspectablePass;
  readonly position: number;
  readonly question: Question;
}

/** One pass and what it is asked. */
export interface ComparedPass {
  readonly pass: InspectablePass;
  readonly options: ResolvedTargetOptions;
}

/** What each side is asked for. @throws Problem `against-itself` */
export async function settledTargets({ left, right }: Readonly<Record<Side, ComparedPass>>): Promise<Record<Side, Target>> {
  return { left: await settledTarget(left.pass, left.options), right: await settledTarget(right.pass, right.options) };
}

/** Both passes with the one question that they are asked. @throws Problem `against-itself` */
export async function askBoth(
  sides: Readonly<Record<Side, ComparedPass>>,
): Promise<{ readonly targets: Record<Side, Target>; readonly asked: Record<Side, AskedPass> }> {
  const targets = await settledTargets(sides);
  const ask = async ({ pass, options: { position } }: ComparedPass): Promise<AskedPass> => ({
    pass,
    position,
    question: await askOf(pass, position, targets.left, targets.right),
  });
  return { targets, asked: { left: await ask(sides.left), right: await ask(sides.right) } };
}

/** The contrast at the end of each pass. */
export function contrastOf(targets: Readonly<Record<Side, Target>>, asked: Readonly<Record<Side, AskedPass>>): Contrast {
  const atEnd = ({ pass, position, question }: AskedPass): number =>
    answer(question, rowOf(pass.stream[pass.model.nLayers], position, pass.model.dModel)) + question.bias;
  return {
    of: sameTarget(targets.left, targets.right) ? 'target' : 'targets',
    left: atEnd(asked.left),
    right: atEnd(asked.right),
    normBias: asked.right.question.bias - asked.left.question.bias,
  };
}

/** ⟨direction, x⟩ in double precision. */
export function answer({ direction }: Pick<Question, 'direction'>, x: Float32Array): number {
  let sum = 0;
  for (let c = 0; c < x.length; c++) sum += direction[c] * x[c];
  return sum;
}
