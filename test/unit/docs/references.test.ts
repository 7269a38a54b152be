import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..', '..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const filesIn = (folder: string): string[] =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
    path.posix.join(folder, name.replaceAll('\\', '/')),
  );

const RECORDS = filesIn('docs/adr').filter((name) => name.endsWith('.md'));
/** Documents that say how things are now; a record of a decision says how they were. */
const DOCUMENTS = [
  ...[
    'README.md',
    'CONTRIBUTING.md',
    'docs/architecture.md',
    'docs/method.md',
    'docs/glossary.md',
    'docs/dependencies.md',
    'docs/models.md',
  ],
  ...['docs/large-models.md', 'examples/README.md', 'models/README.md', 'test/oracle/README.md', 'webview/README.md'],
];

/** What GitHub makes of a heading for links to it. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

describe('The documents', () => {
  for (const document of [...DOCUMENTS, ...RECORDS]) {
    it(`link only to what exists: ${document}`, () => {
      const links = [...read(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
      const broken = links.filter(([, file, section]) => {
        const target = file ? path.join(path.dirname(document), file) : document;
        if (!existsSync(path.join(ROOT, target))) return true;
        return section !== undefined && ![...read(target).matchAll(/^#+ (.+)$/gm)].some(([, heading]) => anchor(heading) === section);
      });
      assert.deepEqual(
        broken.map(([link]) => link),
        [],
      );
    });
  }

  for (const document of DOCUMENTS) {
    it(`name only files and folders that exist: ${document}`, () => {
      const named = [...read(document).matchAll(/`((?:src|webview|test|scripts|docs|models|media|examples)\/[\w./-]*)`/g)].map(
        ([, name]) => name,
      );
      const below = path.dirname(document);
      assert.deepEqual(
        named.filter((name) => !existsSync(path.join(ROOT, name)) && !existsSync(path.join(ROOT, below, name)) && !isWritten(name)),
        [],
      );
    });
  }

  it('name only programs that exist', () => {
    const programs = new Set(['src', 'webview', 'test', 'scripts'].flatMap(filesIn).map((name) => path.basename(name)));
    const named = DOCUMENTS.flatMap((document) => [...read(document).matchAll(/`([\w-]+\.ts)`/g)].map(([, name]) => name));
    assert.deepEqual(
      named.filter((name) => !programs.has(name)),
      [],
    );
  });

  it('list every record of a decision', () => {
    const index = read('docs/adr/README.md');
    const unlisted = RECORDS.filter((record) => path.basename(record) !== 'README.md' && !index.includes(`(${path.basename(record)})`));
    assert.deepEqual(unlisted, []);
  });
});

/** Made by a run, so absent from a clone. */
function isWritten(name: string): boolean {
  return name === 'models/train/run';
}
