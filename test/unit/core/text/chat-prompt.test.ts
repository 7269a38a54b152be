import assert from 'node:assert/strict';
import { conversationAround, frontMatter, frontMatterLength, messagesIn } from '../../../../src/core/text/chat-prompt';

const FILE = `---
system: Answer in one word.
messages:
  - role: user
    content: "Capital of France?"
  - role: assistant
    content: |
      Paris
      and no other
---
What is the capital of Japan?

---
user:
One

two
assistant:

  Three

user:
Four
---
Five
`;

/** What stands where a message says that it does. */
const standing = ({ content, at }: { readonly content: string; readonly at?: number }): string | undefined =>
  at === undefined ? undefined : FILE.slice(at, at + content.length);

describe('A prompt as a conversation', () => {
  it('is what the user says where it names no roles', () => {
    assert.deepEqual(messagesIn('  Who? ', 7), [{ role: 'user', content: '  Who? ', at: 7 }]);
    assert.deepEqual(messagesIn('user: Who?'), [{ role: 'user', content: 'user: Who?', at: 0 }]);
  });

  it('has before it what the front matter of its file says, each where it stands, or nowhere where it is indented', () => {
    const front = frontMatter(FILE);
    assert.deepEqual(
      front.map(({ role, content }) => [role, content]),
      [
        ['system', 'Answer in one word.'],
        ['user', 'Capital of France?'],
        ['assistant', 'Paris\nand no other\n'],
      ],
    );
    assert.deepEqual(front.map(standing), ['Answer in one word.', 'Capital of France?', undefined]);
    assert.ok(FILE.slice(frontMatterLength(FILE)).startsWith('What is'));
    assert.deepEqual([frontMatter('a\n---\nb'), frontMatterLength('a\n---\nb')], [[], 0]);
  });

  it('says whose words follow which line, blank lines around them aside', () => {
    const around = conversationAround(FILE, FILE.indexOf('two'), frontMatterLength(FILE));
    assert.ok(around);
    const said = messagesIn(FILE.slice(around.start, around.end), around.start);
    assert.deepEqual(
      said.map(({ role, content }) => [role, content]),
      [
        ['user', 'One\n\ntwo'],
        ['assistant', '  Three'],
        ['user', 'Four'],
      ],
    );
    for (const message of said) assert.equal(standing(message), message.content);
  });

  it('reads lines that end as on Windows', () => {
    const text = 'system:\r\nA\r\n\r\nuser:\r\nB\r\nC\r\n';
    const said = messagesIn(text);
    assert.deepEqual(
      said.map(({ content }) => content),
      ['A', 'B\r\nC'],
    );
    for (const { content, at = -1 } of said) assert.equal(text.slice(at, at + content.length), content);
    assert.deepEqual(
      frontMatter('---\r\nsystem: A\r\n---\r\nB').map(({ content }) => content),
      ['A'],
    );
  });

  it('lies between two lines of ---, where roles are named there', () => {
    const front = frontMatterLength(FILE);
    assert.equal(conversationAround(FILE, FILE.indexOf('What is'), front), undefined);
    assert.equal(conversationAround(FILE, FILE.indexOf('Five'), front), undefined);
    assert.equal(conversationAround(FILE, 5, front), undefined);
  });

  it('that cannot be read says why', () => {
    assert.throws(() => frontMatter('---\nsystem: [a\n---\nb'), { code: 'chat-template', message: /front matter .* line \d/ });
    assert.throws(() => frontMatter('---\nsystme: a\n---\nb'), { code: 'chat-template', message: /systme/ });
    assert.throws(() => frontMatter('---\nmessages:\n  - role: robot\n    content: a\n---\nb'), {
      code: 'chat-template',
      message: /messages.0.role/,
    });
    assert.throws(() => messagesIn('a\nuser:\nb'), { code: 'chat-template', message: /Line 1/ });
    assert.throws(() => messagesIn('user:\n\nassistant:\nb'), { code: 'empty-prompt', message: /user: in line 1/ });
  });
});
