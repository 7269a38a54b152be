/** What was changed of a model while a prompt ran, in words. */
import { componentInWords, containing, parseComponent, partName } from '../../core/format/component';
import type { AppliedIntervention } from '../../core/format/intervention';
import { assertNever } from '../../core/problem';
import { showPrompt } from '../../core/text/token-text';

/** One row an intervention: the component, and what it became. */
export function changedModel(interventions: readonly AppliedIntervention[]): [component: string, to: string][] {
  return interventions.map((applied) => [
    componentInWords(parseComponent(applied.component)),
    `${becomes(applied)}${overruled(applied, interventions)}`,
  ]);
}

function becomes(applied: AppliedIntervention): string {
  switch (applied.mode) {
    case 'zero':
      return '0';
    case 'patch':
      return `its value on “${showPrompt(applied.prompt)}”`;
    case 'mean': {
      const { prompts, fewest, name } = applied;
      const some = fewest < prompts ? ` (at some positions over only ${fewest}: the others are too short)` : '';
      const count = prompts === 1 ? '1 prompt' : `${prompts} prompts`;
      return `its mean over ${count}${name === undefined ? '' : ` of ${name}`}${some}`;
    }
    default:
      return assertNever(applied);
  }
}

/** A change to a larger component overrides those to its parts: docs/method.md, "What if". */
function overruled({ component, positions }: AppliedIntervention, interventions: readonly AppliedIntervention[]): string {
  const larger = containing(parseComponent(component)).map(partName);
  const winners = interventions.filter(
    (other) =>
      larger.includes(partName(parseComponent(other.component))) &&
      (other.positions === undefined || positions === undefined || positions.some((position) => other.positions?.includes(position))),
  );
  const whole = winners.find(
    ({ mode, positions: of }) => mode !== 'patch' && (of === undefined || positions?.every((at) => of.includes(at))),
  );
  if (whole) return ` (no effect: part of ${whole.component})`;
  // A prompt that is too short has nothing to put in at the first positions.
  const [winner] = winners;
  return winner ? ` (no effect where ${winner.component} is ${winner.mode === 'zero' ? 'off' : 'replaced'})` : '';
}
