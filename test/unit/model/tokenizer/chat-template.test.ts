import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ChatMessage } from '../../../../src/core/format/chat';
import { ChatTemplate } from '../../../../src/model/tokenizer/chat/template';
import { Problem } from '../../../../src/core/problem';
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

/** What make_programs.py wrote: `text` is absent where transformers refuses. */
interface Programs {
  readonly messages: readonly ChatMessage[];
  readonly cases: readonly { readonly template: string; readonly text?: string }[];
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

  it('with a thing that Jinja has is written as transformers writes it, or is refused, and never otherwise', () => {
    const { messages, cases: programs } = JSON.parse(readFileSync(path.join(FOLDER, 'programs.json'), 'utf8')) as Programs;
    const refused = programs.filter(({ template, text }) => {
      let written: string;
      try {
        written = new ChatTemplate(template, {}).render(messages, { reply: false });
      } catch (error) {
        assert.ok(error instanceof Problem && error.code === 'chat-template', template);
        return text !== undefined;
      }
      assert.equal(written, text, template);
      return false;
    });
    // What Jinja renders and VISIT does not: docs/dependencies.md.
    assert.equal(refused.length, 43, refused.map(({ template }) => template).join('\n'));
  });

  it('writes what the library alone writes otherwise, as Jinja does', () => {
    const message = { role: 'user', content: ' hELLO wORLD\n' } as const;
    const rendered = (template: string) => new ChatTemplate(template, {}).render([message], { reply: true });
    // What Jinja 3.1 writes.
    assert.equal(rendered("{{ 'hELLO wORLD' | capitalize }}"), 'Hello world');
    assert.equal(rendered('{{ true }} {{ none }} {{ 4 / 2 }} {{ [1.5, none, false] }} {{ nothing }}'), 'True None 2.0 [1.5, None, False] ');
    assert.equal(rendered(`{{ ['a', "it's", "a\\nb", '"', (1, 2)] }}`), `['a', "it's", 'a\\nb', '"', (1, 2)]`);
    assert.equal(
      rendered("{{ 'a' ~ true ~ none ~ 1.0 }}{{ messages[0] | string }}"),
      "aTrueNone1.0{'role': 'user', 'content': ' hELLO wORLD\\n'}",
    );
    assert.equal(rendered('{{ 20000000000000000.0 }} {{ 0.00001 }} {{ 0.1 + 0.2 }}'), '2e+16 1e-05 0.30000000000000004');
    const equal = ["'1' == 1", 'none == nothing', "'' == false", '[1] != [1.0]', "{'a': [1]} == {'a': [2]}"];
    assert.equal(rendered(equal.map((each) => `{{ ${each} }}`).join(' ')), 'False False False False False');
    assert.equal(
      rendered("{{ 1 == true }} {{ [1, 'a'] == [1.0, 'a'] }} {{ {'a': none} == {'a': none} }} {{ 'a' != 'b' }}"),
      'True True True True',
    );
    assert.equal(rendered("{% for m in messages | selectattr('role', '==', 'user') %}{{ m.role }}{% endfor %}"), 'user');
    assert.equal(rendered('{{ -1 % 3 }} {{ 7 % -4 }} {{ -6 % 3 }} {{ 5 % 3 }} {{ (0 - 7) % 4 + 1 }}'), '2 -1 0 2 2');
    assert.equal(rendered('{% for i in [0, 1, 2] %}{{ (i - 1) % 2 }}{% endfor %}'), '101');
    assert.equal(rendered("{{ 'aB'.capitalize() }}{{ ('a' ~ 'B') | capitalize }}"), 'AbAb');
    assert.equal(rendered("{{ '--a-'.strip('-') }}|{{ 'xax'.lstrip('x') }}|{{ 'xax'.rstrip('x') }}|{{ ' a '.strip() }}"), 'a|ax|xa|a');
    assert.equal(rendered("{{ messages[0].content.rstrip('\n').lstrip(' ') }}"), 'hELLO wORLD');
    assert.equal(rendered("{% for x in [' b ', 'c'] | map('trim') | map('upper') %}{{ x }}{% endfor %}"), 'BC');
    assert.equal(rendered("{{ messages | map(attribute='role') | map('capitalize') | join(', ') }}"), 'User');
  });

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
    assert.throws(fails("{{ 'a' }}\n{{ [1] | map('round') | join }}"), /line 2: the filter “round” cannot be rendered/);
    assert.throws(fails('a\n{{ messages[0].x.y }}'), /line 2: “messages.*x” is not defined/);
    assert.throws(fails('a\n{{ [1e5] }}'), /line 2: the number 1e5 is written/);
    assert.throws(fails('a\n{% if messages %}\nb'), /line 2: something that is begun there does not end/);
    assert.throws(fails('a\nb\n{% nonsense %}'), /line 3: .*nonsense/i);
  });
});
