import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Device } from '../../../src/core/protocol/device';
import { pace, UNMEASURED_LIMIT } from '../../support/patience';
import { eventually } from '../../support/workbench';
import { anyInspector, type InspectorFrame } from '../inspector-frame';
import { openSession, PROMPTS, type Session } from '../session';

describe('the setting of the device in VS Code', function () {
  this.timeout(UNMEASURED_LIMIT);
  let session: Session;
  let inspector: InspectorFrame;

  before(async () => {
    session = await openSession();
    await session.visualize(PROMPTS[0]);
    inspector = await anyInspector(session.page);
  });
  after(() => session?.giveBack());

  /** Writes the setting into the folder, as a person does who edits its settings. */
  const choose = async (device: Device): Promise<void> => {
    const folder = path.join(session.folder, '.vscode');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'settings.json'), JSON.stringify({ 'visit.device': device }));
  };
  /** Waits until what the status bar says of the model under the pointer is like this. */
  const saysOfModel = (text: RegExp): Promise<void> =>
    eventually(async () => {
      // The pointer comes from elsewhere: what is under it already does not open again.
      await session.page.mouse.move(4, 4);
      await session.page.locator('.statusbar-item[id$="visit.model"]').hover({ timeout: pace() });
      await session.page.locator('.monaco-hover', { hasText: 'VISIT model' }).filter({ hasText: text }).waitFor({ timeout: pace() });
    });

  it('is the processor at first, which the status bar names', async () => {
    await saysOfModel(/The processor runs it\./);
    await session.screenshot('device');
  });

  it('takes effect when it is changed: the model runs on the fastest device that works, which the status bar names with the reason', async () => {
    await choose('auto');
    await saysOfModel(/The processor runs it[:,] |runs the blocks and holds a copy/);
    await session.screenshot('device chosen by itself');
  });

  it('is refused where this machine has no such device, with what to do; another runs the prompt again', async () => {
    await choose('directml');
    const problem = inspector.part('problem');
    await problem.waitFor();
    assert.match((await problem.textContent()) ?? '', /directml/i);
    await session.screenshot('device that is not there');
    await problem.getByText('Choose Device…').click();
    await session.page.locator('.settings-editor .setting-item-contents', { hasText: 'Device' }).waitFor();
    await session.page.keyboard.press('Escape');
    await choose('cpu');
    await problem.waitFor({ state: 'hidden' });
    await saysOfModel(/The processor runs it\./);
  });
});
