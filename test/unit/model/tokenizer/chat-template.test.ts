import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ChatMessage } from '../../../../src/core/format/chat';
import { ChatTemplate } from '../../../../src/model/tokenizer/chat-template';
import { loadTokenizerIn } from '../../../support/load-tokenizer-in';
import { ROOT } from '../../../support/repository';

/** What make_chat.py wrote: what transformers makes of conversations. */
interface Cases {
  readonly conversations: Readonly<Record<string, readonly ChatMessage[]>>;
  readonly cases: readonly {
    readonly name: string;
    readonly marks: Readonly<Record<string, string>>;
    readonly template: string;
    readonly answers: readonly {
      readonly conversation: string;
      readonly generation: boolean;
      readonly text?: string;
      readonly ids?: readonly number[];
      readonly refused?: string;
    }[];
  }[];
}

const FOLDER = path.join(ROOT, 'test', 'fixtures', 'chat');
const { conversations, cases } = JSON.parse(readFileSync(path.join(FOLDER, 'cases.json'), 'utf8')) as Cases;

describe('A chat template', () => {
  for (const { name, marks, template, answers } of cases) {
    it(`writes conversations as transformers does: ${name}`, async () => {
      const tokenizer = (await loadTokenizerIn(FOLDER))!;
      const chat = new ChatTemplate(template, marks);
      for (const { conversation, generation, text, ids, refused } of answers) {
        const render = () => chat.render(conversations[conversation], { reply: generation });
        if (refused !== undefined) {
          assert.throws(render, (error: Error) => error.message.includes(refused), `${conversation}: ${refused}`);
          continue;
        }
        const rendered = render();
        assert.equal(rendered, text, conversation);
        assert.deepEqual(
          tokenizer.tokenize(rendered, { framed: false }).map(({ id }) => id),
          ids,
          conversation,
        );
      }
    });
  }

  it('that fails names the line and the reason', () => {
    const message = { role: 'user', content: 'a' } as const;
    const fails = (template: string) => () => new ChatTemplate(template, {}).render([message], { reply: true });
    assert.throws(
      fails("a\n{% for m in messages %}\n{% if m.role == 'user' %}\n{{ raise_exception('no users') }}{% endif %}{% endfor %}"),
      {
        message: 'The model’s chat template fails in line 4: no users.',
      },
    );
    assert.throws(fails('a\n\n{{ 1 | unknown }}'), /line 3: .*unknown/);
    assert.throws(fails("{{ 'a' }}\n{{ ['b'] | map('upper') | join }}"), /line 2: `map` expressions without `attribute`/);
    assert.throws(fails('a\n{% if messages %}\nb'), /line 2: something that is begun there does not end/);
    assert.throws(fails('a\nb\n{% nonsense %}'), /line 3: .*nonsense/i);
  });
});
