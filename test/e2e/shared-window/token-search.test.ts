import assert from 'node:assert/strict';
import { UNMEASURED_LIMIT } from '../../support/patience';
import { press } from '../../support/press';
import { eventually, untilActive } from '../../support/workbench';
import { inspectorWithStory, type InspectorFrame } from '../inspector-frame';
import { openSession, PROMPTS, type Session } from '../session';

describe('looking for a token, in VS Code', function () {
  this.timeout(UNMEASURED_LIMIT);
  let session: Session;
  let inspector: InspectorFrame;

  before(async () => {
    session = await openSession();
    await session.visualize(PROMPTS[0]);
    inspector = await inspectorWithStory(session.page);
  });
  after(() => session?.giveBack());

  it('is the editor’s own key for finding, and finds the token in the whole pass', async () => {
    // The keyboard is in the panel, and not in a field of it.
    await press(inspector.part('story-map'), { position: { x: 2, y: 2 } });
    await untilActive(session.page, 'VISIT');
    await session.page.keyboard.press('Control+F');
    await inspector.part('search-text').waitFor();
    assert.equal(await session.page.locator('.find-widget.visible').count(), 0, 'the editor does not look for it too');
    await session.page.keyboard.type('Tokyo');
    await eventually(async () => {
      assert.equal(await inspector.part('search-text').inputValue(), 'Tokyo');
      const said = (await inspector.part('search').textContent()) ?? '';
      assert.match((await inspector.part('search-count').textContent()) ?? '', /\d+ places/, said);
    });
  });

  it('leads from the first layer to the place', async () => {
    await session.page.keyboard.press('Escape'); // the list of places lies over the view
    await inspector.part('search-text').waitFor({ state: 'hidden' });
    await press(inspector.part('tab-graph'));
    await press(inspector.part('layer-cell-0'));
    await eventually(async () => assert.equal(await inspector.part('layer-cell-0').getAttribute('aria-pressed'), 'true'));
    await session.page.keyboard.press('Control+F');
    const field = inspector.part('search-text');
    await eventually(async () => assert.equal(await field.evaluate((element) => element === document.activeElement), true));
    await field.fill('Tokyo');
    await eventually(async () => assert.match((await inspector.part('search-count').textContent()) ?? '', /places/));
    await session.page.keyboard.press('Enter');
    await eventually(async () => {
      assert.equal(await inspector.part('layer-cell-0').getAttribute('aria-pressed'), 'false', 'another layer is shown');
      assert.match((await inspector.texts('card-title')).join(), /./);
    });
  });

  it('is the editor’s where the keyboard is in a text', async () => {
    await press(session.page.locator('.tab[data-resource-name="prompts.txt"]'));
    await untilActive(session.page, 'prompts.txt');
    await session.page.keyboard.press('Control+F');
    await session.page.locator('.find-widget.visible').waitFor();
    await session.page.keyboard.press('Escape');
  });
});
