/**
 * How many examples a property is tried with.
 * @param all of a whole run (`npm test`); `npm run test:unit` tries a fifth of them, by VISIT_FUZZ_SHARE
 * @returns 1 or more
 */
export function examples(all: number): number {
  return Math.max(1, Math.ceil(all * Number(process.env['VISIT_FUZZ_SHARE'] ?? 1)));
}
