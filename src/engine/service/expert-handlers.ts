/** The answers that are about mixtures of experts alone. */
import { surveyExperts } from '../../core/insight/expert-use';
import type { CurrentModel } from './current-model';
import type { EngineHandlers } from './engine-handlers';
import { survey } from './survey';

/** Tokens that are listed for each expert. */
const EXPERT_TOKENS = 10;

/** See the head of this file; parameters have been checked. */
export function expertHandlers(current: CurrentModel): Pick<EngineHandlers, 'expertUse'> {
  return {
    async expertUse({ model, prompts, options: { tokens = EXPERT_TOKENS } }, context) {
      const open = await current.open(model, context);
      return survey(open, { summaries: false }, (forward) => surveyExperts(open.model.info, prompts, { tokens }, forward, context));
    },
  };
}
