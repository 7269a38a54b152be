import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GLOSSARY, GLOSSARY_ENTRIES, type Term } from '../../../src/core/present/glossary';
import { ROOT } from '../../support/repository';

/** Entries of docs/glossary.md by their names, as plain text. */
function entries(): ReadonlyMap<string, string> {
  const text = readFileSync(path.join(ROOT, 'docs', 'glossary.md'), 'utf8');
  return new Map(
    text.split('\n\n').flatMap((paragraph) => {
      const [, name, meaning] = /^\*\*(.+?)\.\*\* ([^]*)$/.exec(paragraph) ?? [];
      return name === undefined || meaning === undefined ? [] : [[name, meaning.replace(/\n/g, ' ').replace(/[`*]/g, '')] as const];
    }),
  );
}

describe('the glossary', () => {
  for (const term of Object.keys(GLOSSARY) as Term[]) {
    it(`explains “${GLOSSARY_ENTRIES[term]}” with the words that the page uses`, () => {
      const entry = entries().get(GLOSSARY_ENTRIES[term]);
      assert.ok(entry !== undefined, 'it has such an entry');
      assert.equal(entry.slice(0, GLOSSARY[term].length), GLOSSARY[term], 'it begins with them');
    });
  }
});
