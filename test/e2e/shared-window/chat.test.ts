import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../../support/repository';
import { pace, UNMEASURED_LIMIT } from '../../support/patience';
import { press } from '../../support/press';
import { eventually, markedBoxes, openFile, reloadWindow, runCommand, selectLine, textBox } from '../../support/workbench';
import { anyInspector, inspectorIn, type InspectorFrame } from '../inspector-frame';
import { openSession, type Session } from '../session';

const MARKS = ['<s>', '<u>', '<a>', '<y>', '</>'];
const FILE = '---\nsystem: ab\n---\n cd\n';

/** A small model of nothing, with a template of its own, in the folder that is open. */
function writeModel(folder: string): void {
  const toy = path.join(ROOT, 'test', 'oracle', 'described', 'four-layers');
  mkdirSync(path.join(folder, '.vscode'));
  mkdirSync(path.join(folder, 'chat-model'));
  const write = (name: string, text: string) => writeFileSync(path.join(folder, 'chat-model', name), text);
  copyFileSync(path.join(toy, 'model.safetensors'), path.join(folder, 'chat-model', 'model.safetensors'));
  const description = JSON.parse(readFileSync(path.join(toy, 'visit.model.json'), 'utf8')) as object;
  const vocabulary = { tokens: [...MARKS, ...'abcdefghijklmnopq '.match(/./g)!], begin: '<s>' };
  write('visit.model.json', JSON.stringify({ ...description, vocabulary }));
  write('tokenizer_config.json', JSON.stringify({ bos_token: '<s>' }));
  write(
    'chat_template.jinja',
    "{{ bos_token }}{% for m in messages %}{{ {'system': '<y>', 'user': '<u>', 'assistant': '<a>'}[m.role] }}{{ m.content | trim }}</>{% endfor %}{% if add_generation_prompt %}<a>{% endif %}",
  );
  writeFileSync(
    path.join(folder, '.vscode', 'settings.json'),
    JSON.stringify({ 'visit.model.folder': 'chat-model', 'visit.continue.tokens': 3 }),
  );
  writeFileSync(path.join(folder, 'chat.txt'), FILE);
}

describe('a conversation in VS Code', function () {
  this.timeout(UNMEASURED_LIMIT);
  let session: Session;
  let inspector: InspectorFrame;

  before(async () => {
    session = await openSession();
    writeModel(session.folder);
    await openFile(session.page, 'chat.txt');
  });
  after(() => session?.giveBack());

  const shows = (...tokens: string[]) => eventually(async () => assert.deepEqual(await inspector.tokens(), tokens));

  it('is what the model’s template makes of the selection and the front matter', async () => {
    await selectLine(session.page, 4);
    await runCommand(session.page, 'VISIT: Visualize Selection as Chat Message');
    inspector = await anyInspector(session.page);
    await shows('<s>', '<y>', 'a', 'b', '</>', '<u>', 'c', 'd', '</>', '<a>');
    await session.screenshot('chat');
  });

  it('marks in the editor the characters of what is said, and none of the template', async () => {
    await eventually(async () => {
      await inspector.part('token-7').hover({ timeout: pace() });
      const [marked] = await markedBoxes(session.page);
      const text = await textBox(session.page, ' cd', 2, 3);
      assert.ok(Math.abs(marked.left - text.left) < 2 && Math.abs(marked.width - text.width) < 4, JSON.stringify({ marked, text }));
    });
    await eventually(async () => {
      await inspector.part('token-5').hover({ timeout: pace() });
      assert.equal((await markedBoxes(session.page)).length, 0);
    });
  });

  it('is continued token by token, and each token can be looked into', async () => {
    await press(inspector.part('continue'));
    // The model reads 12 tokens, of which the prompt has 10.
    await eventually(async () => assert.deepEqual(await inspector.texts('continuation-end'), ['the context is full']));
    await press(inspector.part('generated-1'));
    await eventually(async () => assert.equal((await inspector.tokens()).length, 12));
    await inspector.showsPosition(10);
  });

  it('is there again after the window is loaded again', async () => {
    await reloadWindow(session.page);
    inspector = await anyInspector(session.page);
    await eventually(async () => assert.equal((await inspector.tokens()).length, 12));
  });

  it('goes back to the prompt alone: the text as it stands', async () => {
    await press(inspector.part('show-plain'));
    inspector = inspectorIn(session.page);
    await eventually(async () => assert.ok(!(await inspector.tokens()).includes('<u>')));
  });

  it('is over with the model: once the setting is gone, the one that comes with VISIT is used', async () => {
    await rm(path.join(session.folder, '.vscode'), { recursive: true });
    await session.page.locator('.statusbar-item[id$="visit.model"]', { hasText: 'visit-small' }).waitFor();
  });
});
