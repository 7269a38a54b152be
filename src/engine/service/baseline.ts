/** What takes a component's place where its effect is asked for: read, and run. */
import type { CallContext } from '../../core/call-context';
import { stopIfCancelled } from '../../core/cancel';
import type { Baseline } from '../../core/pass/effects';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import type { BaselineInput } from '../../core/protocol/engine-inputs';
import type { CurrentModel } from './current-model';
import { readPrompt } from './prompt';
import type { OpenModel, Prompt } from './runnable-model';

/** A baseline whose prompts this model can run. */
export type ReadBaseline =
  | { readonly kind: 'zero' }
  | { readonly kind: 'twin'; readonly prompt: Prompt }
  | { readonly kind: 'mean'; readonly prompts: readonly Prompt[]; readonly name?: string | undefined };

/** Checks the prompts of a baseline; null where there is none. @throws Problem what is wrong with a prompt */
export function readBaseline(asked: BaselineInput, open: OpenModel): ReadBaseline;
export function readBaseline(asked: BaselineInput | undefined, open: OpenModel): ReadBaseline | null;
export function readBaseline(asked: BaselineInput | undefined, open: OpenModel): ReadBaseline | null {
  switch (asked?.baseline) {
    case undefined:
      return null;
    case 'zero':
      return { kind: 'zero' };
    case 'twin':
      return { kind: 'twin', prompt: readPrompt(asked.prompt, open, 'The twin prompt') };
    case 'mean':
      return {
        kind: 'mean',
        prompts: asked.prompts.map((input, i) => readPrompt(input, open, `Prompt ${i + 1} of the mean`)),
        name: asked.name,
      };
  }
}

/** Runs the prompts of a baseline. Those of a mean are not remembered: there may be many, and each is looked at once. */
export async function runBaseline(current: CurrentModel, open: OpenModel, baseline: ReadBaseline, context: CallContext): Promise<Baseline> {
  switch (baseline.kind) {
    case 'zero':
      return { kind: 'zero' };
    case 'twin':
      return { kind: 'twin', pass: await current.forward(open, baseline.prompt, context) };
    case 'mean': {
      const passes: InspectablePass[] = [];
      for (const [i, prompt] of baseline.prompts.entries()) {
        stopIfCancelled(context);
        const { length } = baseline.prompts;
        context.report({ message: `Prompt ${i + 1} of ${length} of the mean`, done: i, total: length });
        passes.push(await open.model.forward(prompt, { signal: context.signal, report: () => undefined }));
      }
      return { kind: 'mean', passes, name: baseline.name };
    }
  }
}
