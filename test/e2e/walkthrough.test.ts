import assert from 'node:assert/strict';
import { closeEditors } from '../support/clean-workbench';
import { UNMEASURED_LIMIT } from '../support/patience';
import { press } from '../support/press';
import { answerQuickInput, eventually, openFile, runCommand, untilActive } from '../support/workbench';
import { anyInspector, inspectorWithStory } from './inspector-frame';
import { openSession, type Session } from './session';

describe('the walkthrough', function () {
  this.timeout(UNMEASURED_LIMIT);
  let session: Session;

  before(async () => {
    session = await openSession(undefined, { fresh: true });
  });
  after(() => session?.giveBack());
  beforeEach(async () => {
    await closeEditors(session.page);
    await runCommand(session.page, 'Welcome: Open Walkthrough...');
    await answerQuickInput(session.page, /^/, 'See inside a GPT');
  });

  const step = (title: string) => session.page.locator('.getting-started-step', { hasText: title });

  const ticked = (title: string): Promise<number> => step(title).locator('.codicon.complete').count();
  const toWelcome = async (): Promise<void> => {
    await press(session.page.locator('.tab', { hasText: 'Welcome' }));
    await untilActive(session.page, 'Welcome');
  };

  describe('in a window in which nothing has been run', () => {
    it('shows pictures of what its steps lead to', async () => {
      for (const title of ['Ask what if', 'Visualize its forward pass']) {
        await press(step(title));
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

    it('is not ticked after a run that failed', async () => {
      await openFile(session.page, 'indirect-object.txt');
      await session.page.keyboard.press('Control+Home'); // a comment, which is no prompt
      await runCommand(session.page, 'VISIT: Visualize Forward Pass');
      const toast = session.page.locator('.notification-toast');
      await eventually(async () => assert.match((await toast.first().textContent()) ?? '', /This paragraph is a comment/));
      await runCommand(session.page, 'Notifications: Clear All Notifications');
      await toWelcome();
      await press(step('Visualize its forward pass'));
      assert.equal(await ticked('Visualize its forward pass'), 0);
    });

    it('leads to a drawn graph in two clicks, without a toast, and is ticked then', async () => {
      await press(step('Open a prompt'));
      await press(session.page.locator('.getting-started-step .monaco-button', { hasText: 'Open Sample Prompts' }));
      await session.page.locator('.tab', { hasText: 'Untitled' }).first().waitFor();
      await toWelcome();
      await press(step('Visualize its forward pass'));
      assert.equal(await ticked('Visualize its forward pass'), 0);
      await press(session.page.locator('.getting-started-step .monaco-button', { hasText: 'Visualize Forward Pass' }));
      const inspector = await inspectorWithStory(session.page);
      await eventually(async () => assert.match((await inspector.part('story-sentence').textContent()) ?? '', /leads from/));
      assert.equal(await session.page.locator('.notification-toast').count(), 0, 'nothing had to be said');
      await session.screenshot('walkthrough - two clicks');
      await toWelcome();
      await eventually(async () => assert.equal(await ticked('Visualize its forward pass'), 1));
    });
  });

  describe('whose sample is open', () => {
    it('goes on with the sample that is open, although this page hides it', async () => {
      const open = async (button: string): Promise<void> => {
        await press(session.page.locator('.getting-started-step .monaco-button', { hasText: button }));
        await session.page.locator('.tab.active', { hasText: 'Untitled' }).first().waitFor();
      };
      const samples = session.page.locator('.tab[data-resource-name^="Untitled"]');
      await press(step('Open a prompt'));
      await open('Open Sample Prompts');
      await toWelcome();
      await open('Open Sample Prompts');
      assert.equal(await samples.count(), 1);
      await session.page.keyboard.type('When Anna met Paul, Paul gave a ring to'); // in place of the prompt that is selected
      await toWelcome();
      await press(step('Visualize its forward pass'));
      await press(session.page.locator('.getting-started-step .monaco-button', { hasText: 'Visualize Forward Pass' }));
      const inspector = await anyInspector(session.page);
      await eventually(async () => assert.ok((await inspector.tokens()).includes('·Paul')));
      assert.equal(await samples.count(), 1);
    });
  });

  describe('without a sample', () => {
    it('leads to a drawn graph with the second step alone, from nothing', async () => {
      await press(step('Visualize its forward pass'));
      await press(session.page.locator('.getting-started-step .monaco-button', { hasText: 'Visualize Forward Pass' }));
      const inspector = await anyInspector(session.page);
      await eventually(async () => assert.ok((await inspector.tokens()).includes('·Mary')));
      assert.equal(await session.page.locator('.notification-toast').count(), 0, 'nothing had to be said');
    });
  });
});
