/** How much of a block is drawn unless told otherwise. Apart from the schema, so that the page, which needs no schema, bundles none. */

/** Defaults of section 4 of the method: VISIT's own. What each counts: `countsSchema`. */
export const DEFAULT_COUNTS: Readonly<Record<'heads' | 'values' | 'top' | 'bottom' | 'tokens', number>> = {
  heads: 10,
  values: 2,
  top: 18,
  bottom: 7,
  tokens: 20,
};
