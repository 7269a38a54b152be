import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { UNMEASURED_LIMIT } from '../../support/patience';
import { press } from '../../support/press';
import { eventually, openFile, runCommand, untilActive } from '../../support/workbench';
import { anyInspector } from '../inspector-frame';
import { openSession, PROMPTS, type Session } from '../session';

const OTHER = 'factual-recall.txt';
const LATER = 'indirect-object.txt';

describe('the editor group of the panel', function () {
  this.timeout(UNMEASURED_LIMIT);
  let session: Session;

  before(async () => {
    session = await openSession();
    await session.visualize(PROMPTS[0]);
    await anyInspector(session.page);
  });
  after(() => session?.giveBack());

  /** The groups of editors, in the order in which they stand. */
  const groups = (): Locator => session.page.locator('.editor-group-container');
  const holding = (name: string): Locator => groups().filter({ has: session.page.locator(`.tab[data-resource-name="${name}"]`) });
  const ofPanel = (): Locator => groups().filter({ has: session.page.locator('.tab', { hasText: 'VISIT' }) });
  const clickPanel = async (): Promise<void> => {
    await press((await anyInspector(session.page)).part('token-0'));
    await untilActive(session.page, 'VISIT');
  };

  it('is locked, so that a file opened while the panel has the focus goes into the first column', async () => {
    await clickPanel();
    await openFile(session.page, OTHER);
    await eventually(async () => assert.equal(await holding(OTHER).count(), 1));
    assert.equal(await groups().first().locator(`.tab[data-resource-name="${OTHER}"]`).count(), 1);
    assert.equal(await ofPanel().locator('.tab').count(), 1, 'the panel is alone in its group');
    await (await anyInspector(session.page)).part('token-0').waitFor();
  });

  it('stays unlocked where the user has unlocked it', async () => {
    await press(ofPanel().locator('.tab'));
    await untilActive(session.page, 'VISIT');
    await runCommand(session.page, 'View: Unlock Editor Group');
    await clickPanel();
    await openFile(session.page, LATER);
    await eventually(async () => assert.equal(await ofPanel().locator(`.tab[data-resource-name="${LATER}"]`).count(), 1));
  });
});
