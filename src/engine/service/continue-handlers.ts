import type { TokenText } from '../../core/text/token-text';
import { chooseNext } from '../../core/insight/next-token';
import { checkPrompt } from '../runtime/check-prompt';
import type { CurrentModel } from './current-model';
import type { EngineHandlers } from './engine-handlers';

/** Continuing a prompt, one token a call. */
export function continueHandlers(current: CurrentModel): Pick<EngineHandlers, 'nextToken'> {
  return {
    async nextToken({ model, tokens, options: { top, sampling = null } }, context) {
      const open = await current.open(model, context);
      checkPrompt(
        tokens.map((id) => ({ id })),
        open.model.info,
      );
      const logits = await open.model.nextLogits(tokens, context);
      const choice = chooseNext(logits, { sampling, top, position: tokens.length });
      const named = <T extends { readonly id: number }>(token: T): T & TokenText => ({
        ...token,
        ...(open.tokenizer?.tokenText(token.id) ?? { id: token.id, text: String(token.id) }),
      });
      const ends = open.endTokens?.includes(choice.id) ?? false;
      return { ...named(choice), top: choice.top.map(named), ...(ends && { ends }) };
    },
  };
}
