/**
 * `npm run coverage`: how much of the sources the unit tests run, as a summary here and line by line in artifacts/coverage/.
 *   npm run coverage
 *   npm run coverage -- --stages unit,engine,oracle     of these stages together
 */
import { transform } from 'esbuild';
import { CoverageReport } from 'monocart-coverage-reports';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuild } from './setup/build.mjs';
import { run } from './setup/command.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { say } from './setup/output.mjs';
import { main, SetupError } from './setup/progress.mjs';
import { ROOT } from './setup/repository.mjs';

/** Stages whose sources run in Node: in the tests' process, or built in one of their own. The others' run in a browser. */
const MEASURED = ['unit', 'engine', 'hub', 'oracle', 'model', 'cli'];

const REPORT = join(ROOT, 'artifacts', 'coverage');
/** What V8 writes, a file for each process, before it is summed up. */
const TRACES = join(ROOT, '.cache', 'coverage');

await main(async () => {
  const { values } = parseArgs({ options: { stages: { type: 'string', default: 'unit' } } });
  const names = values.stages.split(',');
  const other = names.find((name) => !MEASURED.includes(name));
  if (other !== undefined) throw new SetupError(`The coverage of "${other}" is not measured.`, `Stages: ${MEASURED.join(', ')}`);
  await ensureDependencies();
  await ensureBuild();
  for (const folder of [TRACES, REPORT]) await rm(folder, { recursive: true, force: true });

  const mocha = ['node_modules/mocha/bin/mocha.js', ...names.map((name) => `test/${name}/**/*.test.ts`)];
  await run(process.execPath, mocha, { cwd: ROOT, env: { NODE_V8_COVERAGE: TRACES }, show: true, minutes: 60 });
  await report(names);
  say(`Line by line: ${relative(process.cwd(), join(REPORT, 'index.html'))}`);
});

async function report(/** @type {readonly string[]} */ names) {
  const ours = { '**/node_modules/**': false, 'src/**': true, 'webview/**': true };
  const coverage = new CoverageReport({
    name: `VISIT: ${names.join(', ')}`,
    outputDir: REPORT,
    reports: ['v8', 'console-summary'],
    baseDir: ROOT,
    // what is built runs too: its source maps say of which sources
    entryFilter: { ...ours, '**/src/**': true, '**/webview/**': true, '**/dist/*.js': true },
    sourceFilter: ours,
    all: { dir: ['src', 'webview'], filter: '**/*.ts', transformer: toJavaScript },
  });
  await coverage.addFromDir(TRACES);
  await coverage.generate();
}

/**
 * A file that nothing has run counts with the statements that it would have.
 * @param {{ source: string, sourcePath: string, sourceMap?: unknown }} entry
 */
async function toJavaScript(entry) {
  // named otherwise in its map, it would silently not count
  const { code, map } = await transform(entry.source, { loader: 'ts', sourcemap: 'external', sourcefile: entry.sourcePath });
  entry.source = code;
  entry.sourceMap = JSON.parse(map);
}
