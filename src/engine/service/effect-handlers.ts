/** The answers about effects: estimated for all components at once, measured for some. */
import { buildEffects } from '../../core/insight/effects';
import { readBaseline, runBaseline } from './baseline';
import type { CurrentModel } from './current-model';
import type { EngineHandlers } from './engine-handlers';
import { resolveEffectsOptions } from './graph-options';
import { readPrompt } from './prompt';

/** One function for each; parameters have been checked. */
export function effectHandlers(current: CurrentModel): Pick<EngineHandlers, 'effects'> {
  return {
    async effects({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolveEffectsOptions(options, prompt, open);
      const asked = readBaseline(options.baseline ?? { baseline: 'zero' }, open);
      const pass = await current.forward(open, prompt, context);
      const baseline = await runBaseline(current, open, asked, context);
      return buildEffects(pass, { ...resolved, baseline }, context);
    },
  };
}
