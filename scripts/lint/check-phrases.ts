/**
 * Looks for phrases that read as translated.
 *   npx tsx scripts/lint/check-phrases.ts                  in documents, the texts of package.nls.json, and the strings and
 *                                                          comments of src and webview
 *   npx tsx scripts/lint/check-phrases.ts --in FOLDER,…    in the strings and comments of these folders alone
 *
 * Prints every finding with its place; the exit code is 1 if there is any.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findPhrases } from './phrases';
import { proseOf } from './prose';

const ROOT = path.join(__dirname, '..', '..');
const SKIPPED = new Set(['node_modules', 'dist', 'artifacts', 'shared', 'fixtures', '.cache', '.git', 'tables', 'run']);

/** Folders of programs whose words people read: in the interface, or in the code. */
const PROGRAMS = ['src', 'webview'];

const { values } = parseArgs({ options: { in: { type: 'string' } } });
const programs = (values.in?.split(',') ?? PROGRAMS).flatMap((folder) => filesUnder(path.join(ROOT, folder), /\.(ts|mjs|css)$/));
const documents = values.in === undefined ? [...filesUnder(ROOT, /\.(md|yml)$/), path.join(ROOT, 'package.nls.json')] : [];
const files = [...documents, ...programs];
const findings = files.flatMap((file) => check(file));
for (const line of findings) console.log(line);
console.log(`${findings.length} phrases in ${files.length} files`);
if (findings.length > 0) process.exitCode = 1;

/** A line for every finding in a file. */
function check(file: string): string[] {
  const prose = proseOf(file, readFileSync(file, 'utf8'), { comments: true });
  return findPhrases(prose).map(({ offset, found, better }) => {
    const line = prose.slice(0, offset).split('\n').length;
    return `${path.relative(ROOT, file)}:${line}: “${found}”; better: ${better}`;
  });
}

function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesUnder(path.join(folder, entry.name), ending);
    return entry.isFile() && ending.test(entry.name) ? [path.join(folder, entry.name)] : [];
  });
}
