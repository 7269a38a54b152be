/**
 * What `npm run check` and the stage `check` of `npm test` run: arguments for Node by what is right where the tool finds nothing.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const CHECKS = {
  'types are right': ['typescript/bin/tsc', '-b'],
  'the linter finds nothing': ['eslint/bin/eslint.js', '.'],
};
