/**
 * `node scripts/pictures.mjs`: the pictures of README.md, from what the end-to-end tests photographed in the real editor. Run
 * `npm test -- --only e2e` before, and look at them.
 */
import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { main, SetupError } from './setup/progress.mjs';
import { ROOT } from './setup/repository.mjs';

/** Files in media/ by the names of the tests' screenshots. */
const PICTURES = { hero: 'screenshot.png', 'comparison what changed': 'comparison.png', overview: 'overview.png' };

/** They are part of the package: bytes of one at most. */
const LIMIT = 200_000;

await main(async () => {
  for (const [name, file] of Object.entries(PICTURES)) {
    const from = join(ROOT, 'artifacts', 'screenshots', `${name}.png`);
    const { size } = await stat(from).catch(() => {
      throw new SetupError(`There is no picture "${name}".`, 'Run npm test -- --only e2e first.');
    });
    if (size > LIMIT) throw new SetupError(`The picture "${name}" has ${size} bytes.`, `At most ${LIMIT}.`);
    await copyFile(from, join(ROOT, 'media', file));
    console.log(`  media/${file}: ${Math.round(size / 1000)} kB`);
  }
});
