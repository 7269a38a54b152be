/**
 * What `npm run check` and the stage `check` of `npm test` run: a file of node_modules and its arguments, by what is right where
 * the tool finds nothing.
 * @type {Readonly<Record<string, readonly [tool: string, ...args: string[]]>>}
 */
export const CHECKS = {
  'types are right': ['@typescript/native/bin/tsc', '-b'],
  'the linter finds nothing': ['oxlint/bin/oxlint'],
  'imports follow the layers': [
    'dependency-cruiser/bin/dependency-cruise.mjs',
    'src',
    'webview',
    'test',
    'scripts',
    '--output-type',
    'err',
  ],
  'the formatter would change nothing': ['oxfmt/bin/oxfmt', '--check'],
  'every word is spelled right': ['cspell/bin.mjs', 'lint', '--no-progress', '--no-summary'],
  'the kernel is what its source compiles to': ['tsx/dist/cli.mjs', 'scripts/kernel.mjs', '--check'],
  'every word that people read can be translated': ['tsx/dist/cli.mjs', 'scripts/lint/check-spoken.ts'],
  'no phrase reads as translated': ['tsx/dist/cli.mjs', 'scripts/lint/check-phrases.ts'],
};
