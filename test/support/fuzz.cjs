/**
 * Property tests draw the same examples in every run, so that a run says something about the change under test and not
 * about luck. To look further: VISIT_FUZZ_SEED=7 npx mocha …
 */
const fc = require('fast-check');
const { examples } = require('./examples.ts');

fc.configureGlobal({ seed: Number(process.env.VISIT_FUZZ_SEED ?? 2305), numRuns: examples(100) });
