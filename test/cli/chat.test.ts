import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { ROOT } from '../support/repository';
import { visit } from '../support/visit';

const MARKS = ['<s>', '<u>', '<a>', '<y>', '</>'];

describe('--chat', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'visit-chat-'));
  after(() => rmSync(folder, { recursive: true }));

  before(() => {
    const toy = path.join(ROOT, 'test', 'oracle', 'described', 'four-layers');
    copyFileSync(path.join(toy, 'model.safetensors'), path.join(folder, 'model.safetensors'));
    const description = JSON.parse(readFileSync(path.join(toy, 'visit.model.json'), 'utf8')) as object;
    const vocabulary = { tokens: [...MARKS, ...'abcdefghijklmnopqr'.match(/./g)!], begin: '<s>' };
    writeFileSync(path.join(folder, 'visit.model.json'), JSON.stringify({ ...description, vocabulary }));
    writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify({ bos_token: '<s>' }));
    writeFileSync(
      path.join(folder, 'chat_template.jinja'),
      [
        '{{ bos_token }}{% for m in messages %}',
        "{% if 'q' in m.content %}{{ raise_exception('q is not said here') }}{% endif %}",
        "{{ {'system': '<y>', 'user': '<u>', 'assistant': '<a>'}[m.role] }}{{ m.content | trim }}</>{% endfor %}",
        '{% if add_generation_prompt %}<a>{% endif %}',
      ].join('\n'),
    );
  });

  const tokensOf = async (...options: string[]) => {
    const { code, stdout, stderr } = await visit(['graph', '--model', folder, ...options]);
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as FlowGraph).tokens.map(({ text }) => text);
  };

  it('writes the prompt as a message, and its first mark once', async () => {
    assert.deepEqual(await tokensOf('--prompt', 'ab'), ['<s>', 'a', 'b']);
    assert.deepEqual(await tokensOf('--prompt', ' ab', '--chat'), ['<s>', '<u>', 'a', 'b', '</>', '<a>']);
  });

  it('puts a system prompt before it', async () => {
    assert.deepEqual(await tokensOf('--prompt', 'ab', '--system', 'c'), ['<s>', '<y>', 'c', '</>', '<u>', 'a', 'b', '</>', '<a>']);
  });

  it('is a message on the twin prompt too', async () => {
    const { code, stdout, stderr } = await visit([
      'effects',
      '--model',
      folder,
      '--prompt',
      'ab',
      '--chat',
      '--twin',
      'cb',
      '--format',
      'json',
    ]);
    assert.equal(code, 0, stderr);
    const { strongest } = JSON.parse(stdout) as { strongest: readonly { component: string; estimated: number }[] };
    // Both say the same from the fourth token on, and before the third.
    assert.ok(strongest.some(({ component, estimated }) => component.endsWith('@2') && estimated !== 0));
    assert.ok(strongest.every(({ component, estimated }) => !/@[01]$/.test(component) || estimated === 0));
  });

  it('says where and why a template refuses a message, and where there is none', async () => {
    const refused = await visit(['lens', '--model', folder, '--prompt', 'q', '--chat']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /chat template fails in line 2: q is not said here/);
    const none = await visit(['lens', '--prompt', 'q', '--chat']);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /has no chat template/);
  });
});
