import assert from 'node:assert/strict';
import { UNMEASURED_LIMIT } from '../../support/patience';
import { press } from '../../support/press';
import { eventually, untilActive } from '../../support/workbench';
import { anyInspector, type InspectorFrame } from '../inspector-frame';
import { openSession, PROMPTS, type Session } from '../session';

describe('the way back', function () {
  this.timeout(UNMEASURED_LIMIT);
  let session: Session;
  let inspector: InspectorFrame;

  before(async () => {
    session = await openSession();
    await session.visualize(PROMPTS[0]);
    inspector = await anyInspector(session.page);
  });
  after(() => session?.giveBack());

  const showsLayer = (layer: number) =>
    eventually(async () => {
      assert.equal(await inspector.part(`layer-cell-${layer}`).getAttribute('aria-pressed'), 'true');
      assert.ok(await inspector.locate(`blocks.${layer}.hook_resid_post`));
    });

  it('is Alt+Left and Alt+Right, for the panel alone', async () => {
    await press(inspector.part('layer-cell-2'));
    await showsLayer(2);
    await press(inspector.part('layer-cell-5'));
    await showsLayer(5);
    await untilActive(session.page, 'VISIT');
    await session.page.keyboard.press('Alt+ArrowLeft');
    await showsLayer(2);
    await session.page.keyboard.press('Alt+ArrowRight');
    await showsLayer(5);
    assert.equal(await session.page.locator('.tab.active', { hasText: 'VISIT' }).count(), 1, 'the editor itself goes nowhere');
  });

  it('leads to the last prompts of the workspace, of which one is run again', async () => {
    await session.visualize(PROMPTS[2]);
    await eventually(async () => assert.equal((await inspector.tokens()).length, 4));
    await press(inspector.part('recent-prompts'));
    // Tests before these may have compared it in this window; what its own row says goes on with the prediction.
    await press(session.page.getByRole('option', { name: new RegExp(`^${PROMPTS[0]}, `) }));
    await eventually(async () => assert.ok((await inspector.tokens()).includes('·Japan')));
  });
});
