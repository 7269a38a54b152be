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
  const contents = spokenFiles()
    .map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
    .filter((text) => text.includes('l10n'));
  // Read as one text: setting up the parser is what takes time, and is done for each text.
  const messages = await getL10nJson([{ extension: '.ts', contents: contents.join('\n') }]);
  const sorted = Object.entries(messages).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(path.join(ROOT, BUNDLE), `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
  console.log(`${sorted.length} messages in ${BUNDLE}`);
})();
