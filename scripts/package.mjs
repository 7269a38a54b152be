/**
 * Makes the VSIX of one platform, or of all:
 *   npm run package                            for this machine
 *   npm run package -- --target linux-x64      for that platform; may be given several times
 *   npm run package -- --all
 */
import { parseArgs } from 'node:util';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { megabytes, ownTarget, packageFor, TARGETS } from './setup/package.mjs';
import { main } from './setup/progress.mjs';

await main(async () => {
  const { values } = parseArgs({ options: { target: { type: 'string', multiple: true }, all: { type: 'boolean' } } });
  const targets = values.all ? TARGETS : (values.target ?? [ownTarget()]);
  await ensureDependencies();
  await ensureBuild();
  for (const target of targets) {
    const { file, bytes } = await packageFor(target);
    console.log(`  ${file} (${megabytes(bytes)})`);
  }
});
