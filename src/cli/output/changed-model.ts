/** What was changed of a model while a prompt ran, in words. */
import { componentInWords, componentName, containing, parseComponent } from '../../core/format/component';
import type { AppliedIntervention } from '../../core/format/intervention';
import { showPrompt } from '../../core/text/token-text';

/** One row an intervention: the component, and what it became. */
export function changedModel(interventions: readonly AppliedIntervention[]): [component: string, to: string][] {
  return interventions.map((applied) => {
    const to = applied.mode === 'zero' ? '0' : `its value on “${showPrompt(applied.prompt)}”`;
    return [componentInWords(parseComponent(applied.component)), `${to}${overruled(applied, interventions)}`];
  });
}

/** A change to a larger component overrides those to its parts: docs/method.md, "What if". */
function overruled({ component }: AppliedIntervention, interventions: readonly AppliedIntervention[]): string {
  const larger = containing(parseComponent(component)).map(componentName);
  const winners = interventions.filter((other) => larger.includes(other.component));
  const off = winners.find(({ mode }) => mode === 'zero');
  if (off) return ` (no effect: part of ${off.component})`;
  // A prompt that is too short has nothing to put in at the first positions.
  const [winner] = winners;
  return winner ? ` (no effect where ${winner.component} is replaced)` : '';
}
