import { parseActivation } from '../../../src/core/format/component';
import type { EditedPrompt, PassIntervention } from '../../../src/engine/interventions/intervene';
import type { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { patient, promptOf } from '../fixture';

/** Interventions as make_interventions.py writes them down: off, as on a prompt, or the mean over several. */
export type AskedOfHooks = { readonly component: string } & (
  | { readonly tokens: readonly number[] | null }
  | { readonly over: readonly (readonly number[])[] }
);

/** The same, asked of the engine. @param prompt in which they are to be made */
export async function askedOf(model: LoadedModel, asked: readonly AskedOfHooks[], prompt: EditedPrompt): Promise<PassIntervention[]> {
  const interventions: PassIntervention[] = [];
  for (const each of asked) {
    const component = parseActivation(each.component);
    if ('over' in each) {
      const list = { prompts: each.over.map(promptOf), fingerprint: JSON.stringify(each.over) };
      interventions.push({ component, from: await model.means(list, [component], prompt, patient) });
    } else {
      interventions.push({ component, from: each.tokens && (await model.forward(promptOf(each.tokens), patient)) });
    }
  }
  return interventions;
}
