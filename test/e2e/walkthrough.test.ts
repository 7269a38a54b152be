import assert from 'node:assert/strict';
import { UNMEASURED_LIMIT } from '../support/patience';
import { answerQuickInput, eventually, runCommand } from '../support/workbench';
import { anyInspector } from './inspector-frame';
import { openSession, type Session } from './session';

describe('the walkthrough', function () {
  this.timeout(UNMEASURED_LIMIT);
  let session: Session;

  before(async () => {
    session = await openSession();
    await runCommand(session.page, 'View: Close All Editors');
    await runCommand(session.page, 'Welcome: Open Walkthrough...');
    await answerQuickInput(session.page, /^/, 'See inside a GPT');
  });
  after(() => session?.close());

  const step = (title: string) => session.page.locator('.getting-started-step', { hasText: title });

  it('shows pictures of what its steps lead to', async () => {
    for (const title of ['Ask what if', 'Visualize its forward pass']) {
      await step(title).click();
      await eventually(async () => {
        const loaded = await session.page
          .locator('.getting-started-media img')
          .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
        assert.deepEqual(
          loaded.map((width) => width > 100),
          [true],
          title,
        );
      });
      await session.screenshot(`walkthrough - ${title}`);
    }
  });

  it('leads to a drawn graph, from nothing, and is ticked then', async () => {
    assert.equal(await step('Visualize its forward pass').locator('.complete').count(), 0);
    await session.page.locator('.getting-started-step .monaco-button', { hasText: 'Visualize Forward Pass' }).click();
    const inspector = await anyInspector(session.page);
    await eventually(async () => assert.ok((await inspector.tokens()).includes('·Mary')));
    assert.equal(await session.page.locator('.notification-toast').count(), 0, 'nothing had to be said');
    await eventually(async () => assert.equal(await step('Visualize its forward pass').locator('.complete').count(), 1));
  });
});
