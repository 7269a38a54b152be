/**
 * Looks for words that people read and no translator would: messages that cannot be listed, a list for translators that is out of date,
 * and templates of the page with words of their own.
 *   npx tsx scripts/lint/check-spoken.ts
 *
 * Prints every finding with its place; the exit code is 1 if there is any.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { bareWordsIn, BUNDLE, messagesIn, ROOT, spokenFiles } from './spoken';

const files = spokenFiles().map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));
const said = files.filter(({ text }) => text.includes('l10n.t')).map(({ file, text }) => ({ file, ...messagesIn(file, text) }));
const listed = Object.keys(JSON.parse(readFileSync(path.join(ROOT, BUNDLE), 'utf8')) as object);
const messages = [...new Set(said.flatMap((of) => [...of.messages]))].sort();

const findings = [
  ...said.flatMap(({ file, unreadable }) => unreadable.map(({ line, text }) => `${file}:${line}: cannot be listed: ${text}`)),
  ...(JSON.stringify(listed) === JSON.stringify(messages) ? [] : [`${BUNDLE}: not up to date; to be updated by: npm run l10n`]),
  ...files
    .filter(({ text }) => text.includes('html`'))
    .flatMap(({ file, text }) =>
      bareWordsIn(file, text).map(({ line, text: words }) => `${file}:${line}: to be handed to l10n.t: ${words}`),
    ),
];
for (const line of findings) console.log(line);
console.log(`${messages.length} messages in ${files.length} files`);
if (said.length === 0 || findings.length > 0) process.exitCode = 1;
