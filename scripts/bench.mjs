/**
 * `npm run bench`: sets up and runs the benchmarks in test/bench; arguments go on to them, such as `-- --small`. Ends with 1 when
 * one is over its budget.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './setup/command.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { main } from './setup/progress.mjs';
import { ROOT } from './setup/repository.mjs';

await main(async () => {
  await ensureDependencies();
  const folder = join(ROOT, 'test', 'bench');
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.bench.ts')) continue;
    await run(process.execPath, ['node_modules/tsx/dist/cli.mjs', join(folder, name), ...process.argv.slice(2)], { cwd: ROOT, show: true });
  }
});
