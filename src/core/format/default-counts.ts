/** How much of a block is drawn unless told otherwise. Apart from the schema, so that what needs no schema reads none: the page, and the start of the extension. */
import type { GraphCounts } from './graph-counts';

/** Defaults of section 4 of the method: VISIT's own. What each counts: `countsSchema`. */
export const DEFAULT_COUNTS: GraphCounts = { heads: 10, values: 2, top: 18, bottom: 7, tokens: 20 };

/** The least that can be asked for, as the schema says. */
const LEAST_COUNTS: GraphCounts = { heads: 0, values: 1, top: 0, bottom: 0, tokens: 1 };

/**
 * Every count as far as it is given; the default in the place of one that is not, or that is no such count.
 *
 * @param read what is given for a count, such as an option or a setting
 */
export function countsFrom(read: (name: keyof GraphCounts) => unknown): GraphCounts {
  const count = (name: keyof GraphCounts): number => {
    const given = read(name);
    return typeof given === 'number' && Number.isSafeInteger(given) && given >= LEAST_COUNTS[name] ? given : DEFAULT_COUNTS[name];
  };
  return { heads: count('heads'), values: count('values'), top: count('top'), bottom: count('bottom'), tokens: count('tokens') };
}
