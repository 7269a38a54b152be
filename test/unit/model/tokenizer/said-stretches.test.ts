import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ChatMessage } from '../../../../src/core/format/chat';
import { ChatTemplate } from '../../../../src/model/tokenizer/chat/template';
import { saidStretches } from '../../../../src/model/tokenizer/said-stretches';
import { ROOT } from '../../../support/repository';

interface Cases {
  readonly conversations: Readonly<Record<string, readonly ChatMessage[]>>;
  readonly cases: readonly { readonly name: string; readonly marks: Readonly<Record<string, string>>; readonly template: string }[];
}

const { conversations, cases } = JSON.parse(readFileSync(path.join(ROOT, 'test', 'fixtures', 'chat', 'cases.json'), 'utf8')) as Cases;

/** Templates that write something else than what is said: nothing of it is where it was. */
const REWRITTEN = ['messages as JSON', 'selected messages'];

/** What is said, with what each stretch covers of the text. */
function said(template: ChatTemplate, messages: readonly ChatMessage[]) {
  const render = (other: readonly ChatMessage[]) => template.render(other, { reply: true });
  const text = render(messages);
  return saidStretches(render, messages, text).map((stretch) => {
    const { content } = messages[stretch.message];
    const covered = text.slice(stretch.start, stretch.end);
    assert.equal(covered, content.slice(stretch.at, stretch.at + covered.length));
    return { ...stretch, covered };
  });
}

describe('What somebody says in a rendered conversation', () => {
  for (const { name, marks, template } of cases) {
    it(`is where it stands in its message: ${name}`, () => {
      let conversationsRendered = 0;
      for (const messages of Object.values(conversations)) {
        let stretches;
        try {
          stretches = said(new ChatTemplate(template, marks), messages);
        } catch (error) {
          if ((error as { code?: string }).code !== 'chat-template') throw error;
          continue;
        }
        conversationsRendered++;
        if (REWRITTEN.includes(name)) continue;
        const last = messages.findLastIndex(({ role }) => role === 'user');
        const covered = stretches.filter(({ message }) => message === last).map(({ covered: of }) => of);
        assert.equal(covered.join('').trim(), messages[last].content.trim());
      }
      assert.ok(conversationsRendered > 0);
    });
  }

  it('is told apart from the same words of the template, and from white space that it writes', () => {
    const template = new ChatTemplate('user user\n{% for m in messages %}user {{ m.content | trim }} \n{% endfor %}user', {});
    const stretches = said(template, [{ role: 'user', content: '  user ' }]);
    assert.deepEqual(
      stretches.map(({ start, end, at }) => [start, end, at]),
      [[15, 19, 2]],
    );
  });

  it('is found in long conversations', () => {
    const template = new ChatTemplate('{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}', {});
    const content = Array.from({ length: 9000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
    const stretches = said(template, [
      { role: 'user', content },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'again' },
    ]);
    assert.deepEqual(
      stretches.map(({ message, at, covered }) => [message, at, covered.length]),
      [
        [0, 0, 9000],
        [1, 0, 1],
        [2, 0, 5],
      ],
    );
  });
});
