/**
 * Lists every message of the sources in `l10n/bundle.l10n.json`, from which translations are made; a test fails when it is out of
 * date.
 *   npm run l10n
 */
import { getL10nJson } from '@vscode/l10n-dev';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE, ROOT, spokenFiles } from './lint/spoken';

void (async () => {
  const sources = spokenFiles()
    .map((file) => ({ extension: '.ts', contents: readFileSync(path.join(ROOT, file), 'utf8') }) as const)
    .filter(({ contents }) => contents.includes('l10n'));
  const messages = await getL10nJson(sources);
  const sorted = Object.entries(messages).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(path.join(ROOT, BUNDLE), `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
  console.log(`${sorted.length} messages in ${BUNDLE}`);
})();
