import assert from 'node:assert/strict';
import { bareWordsIn, messagesIn } from '../../../scripts/lint/spoken';

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
});
