import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { bareWordsIn, BUNDLE, messagesIn, ROOT, spokenFiles } from '../../../scripts/lint/spoken';

/** The files that contain a word. */
const sources = (word: string): readonly (readonly [file: string, text: string])[] =>
  spokenFiles()
    .map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')] as const)
    .filter(([, text]) => text.includes(word));

describe('words that people read', () => {
  it('finds messages of calls and of templates, and those that no tool can list', () => {
    const text = "l10n.t('One {0}', n); vscode.l10n.t('Two'); l10n.t`Three ${a} of ${b.c()}`; l10n.t(word); other.t('no');";
    const { messages, unreadable } = messagesIn('some.ts', text);
    assert.deepEqual([...messages], ['One {0}', 'Two', 'Three {0} of {1}']);
    assert.deepEqual(
      unreadable.map((each) => each.text),
      ['l10n.t(word)'],
    );
  });

  it('finds bare words in text and in spoken attributes of templates, however deep, and nothing else', () => {
    const text = [
      'html`<p class="some words" title="Read out">${x}bare ${html`<b data-testid="a b">deep</b>`}</p>',
      '<i aria-label=${l10n.t("fine")}>${l10n.t("fine")} · ${1} ↑</i>`',
    ].join('\n');
    assert.deepEqual(
      bareWordsIn('some.ts', text)
        .map((each) => `${each.line} ${each.text}`)
        .sort(),
      ['1 Read out', '1 deep', '1 ${}bare ${}'].sort(),
    );
  });

  it('every message can be listed, and the list for translators is up to date', () => {
    const found = sources('l10n.t').map(([file, text]) => ({ file, ...messagesIn(file, text) }));
    assert.deepEqual(
      found.flatMap(({ file, unreadable }) => unreadable.map(({ line, text }) => `${file}:${line}: ${text}`)),
      [],
    );
    const listed = Object.keys(JSON.parse(readFileSync(path.join(ROOT, BUNDLE), 'utf8')) as object);
    assert.deepEqual(listed, [...new Set(found.flatMap(({ messages }) => messages))].sort(), 'to be updated by: npm run l10n');
  });

  it('no template of the page has words of its own', () => {
    const bare = sources('html`').flatMap(([file, text]) =>
      bareWordsIn(file, text).map(({ line, text: words }) => `${file}:${line}: ${words}`),
    );
    assert.deepEqual(bare, [], 'to be handed to l10n.t');
  });
});
