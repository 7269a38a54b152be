/**
 * `npm run bench`: sets up and runs the benchmarks in test/bench; arguments go on to them, such as `-- --small`. Each
 * runs whatever the others come to; it ends with 1 when one is over its budget.
 *   npm run bench -- --write                    and puts the figures into docs/performance.md
 *   npm run bench -- --against "COMMAND" …      times any command that makes one layer's graph against ours (test/bench/against.ts)
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './setup/command.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { say } from './setup/output.mjs';
import { main } from './setup/progress.mjs';
import { ROOT } from './setup/repository.mjs';

await main(async () => {
  await ensureDependencies();
  const folder = join(ROOT, 'test', 'bench');
  const args = process.argv.slice(2);
  const isAgainst = args.some((arg) => arg.startsWith('--against'));
  const files = isAgainst ? ['against.ts'] : (await readdir(folder)).filter((name) => name.endsWith('.bench.ts'));
  await ensureBuild();
  for (const name of files) {
    const bench = run(process.execPath, ['node_modules/tsx/dist/cli.mjs', join(folder, name), ...args], { cwd: ROOT, show: true });
    await bench.catch((error) => {
      say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    });
  }
});
