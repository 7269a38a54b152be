/** Passes over many prompts, which are looked at once and not remembered. */
import type { Forward } from '../../core/insight/survey';
import { readPrompt } from './prompt';
import type { OpenModel } from './runnable-model';

/** @param summaries whether each pass looks into its blocks, at its last position, while it runs */
export async function survey<T>(
  open: OpenModel,
  { summaries }: { readonly summaries: boolean },
  work: (forward: Forward<string>) => Promise<T>,
): Promise<T> {
  const { model } = open;
  await model.startSurvey();
  try {
    return await work((text, context) => model.forward(readPrompt({ text }, open), context, { summaries }));
  } finally {
    await model.endSurvey();
  }
}
