/** Asking for the base of an adapter, apart from how the editor asks. */
import { Problem } from '../../core/problem';
import type { ModelEntry } from './model-entries';

/** Whether a problem is solved by another base: none was found, or one that does not fit. */
export const needsBase = ({ code }: Pick<Problem, 'code'>): boolean => code === 'base-missing' || code === 'base-misfit';

/**
 * Does work that needs a model. Where that is an adapter whose base is not found, or does not fit, the base is asked for, remembered for the adapter, and the
 * work done again.
 *
 * @param folder of the model
 * @param ask for the folder or file of the base, told what is wrong; undefined where none was chosen
 * @param choose what checks and remembers it
 * @throws what `work` throws, the want of a base too where none was chosen, and what `choose` throws
 */
export async function withBase<T>(
  folder: string,
  work: () => Promise<T>,
  ask: (problem: Problem) => Promise<string | undefined>,
  choose: (adapter: string, base: string) => Promise<void> = async (adapter, base) =>
    (await import('../../model/checkpoint/open')).chooseBase(adapter, base),
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const problem = Problem.from(thrown);
    if (!needsBase(problem)) throw problem;
    const base = await ask(problem);
    if (base === undefined) throw problem;
    await choose(folder, base);
    return work();
  }
}

/** Of the models that are known, those that an adapter can be applied to. @param isAnother whether a model is not the adapter itself */
export function possibleBases(entries: readonly ModelEntry[], isAnother: (entry: ModelEntry) => boolean = () => true): ModelEntry[] {
  return entries.filter((entry) => entry.problem === null && isAnother(entry));
}
