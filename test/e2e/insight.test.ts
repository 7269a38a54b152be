import assert from 'node:assert/strict';
import type { Overview } from '../../src/core/insight/overview';
import { showToken } from '../../src/core/text/token-text';
import { visit } from '../support/visit';
import { chooseTheme, eventually, isStored } from '../support/workbench';
import { anyInspector, type InspectorFrame } from './inspector-frame';
import { openSession, PROMPTS, type Session } from './session';

describe('the views beside the flow graph, in VS Code', function () {
  this.timeout(240_000);
  const [capital] = PROMPTS;
  let session: Session;
  let inspector: InspectorFrame;
  let expected: Overview;

  before(async () => {
    const { code, stdout, stderr } = await visit(['overview', '--prompt', capital, '--format', 'json']);
    assert.equal(code, 0, stderr);
    expected = JSON.parse(stdout) as Overview;
    session = await openSession();
    await session.visualize(capital);
    inspector = await anyInspector(session.page);
    await eventually(async () => assert.ok((await inspector.tokens()).length > 0));
  });
  after(() => session?.close());

  it('show in the overview the tokens that the command line prints, and open the flow graph of a cell', async () => {
    await inspector.part('tab-overview').click();
    const layer = 1;
    const row = inspector.part('overview-grid').locator(`[role=gridcell][data-row="${layer}"]`);
    await eventually(async () => {
      const shown = await row.allTextContents();
      assert.ok(shown.length > 0);
      assert.deepEqual(shown, expected.grid.resid_post[layer].slice(0, shown.length).map(({ top }) => showToken(top)));
    });
    await session.screenshot('overview');
    await row.first().click();
    await eventually(async () => {
      assert.ok(await inspector.locate(`blocks.${layer}.hook_resid_post`));
      assert.equal(await inspector.part('token-0').getAttribute('aria-selected'), 'true');
    });
  });

  it('show the norms, and stay where they are over a reload of the window', async () => {
    await inspector.part('tab-norms').click();
    await inspector.part('norm-ln_final-').waitFor();
    await session.screenshot('norms');
    await eventually(async () => assert.ok(await isStored(session.page, 'norms')));
    await session.page.reload();
    await eventually(async () => {
      inspector = await anyInspector(session.page);
      assert.equal(await inspector.part('tab-norms').getAttribute('aria-selected'), 'true');
      assert.ok(await inspector.part('norm-ln_final-').isVisible());
    });
  });

  it('find the always-active neurons over the workspace and keep them', async () => {
    await inspector.part('tab-neurons').click();
    await inspector.part('neurons-find').click();
    await session.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Prompt Files of the Workspace' }).click();
    await eventually(async () => assert.match((await inspector.texts('neurons-summary')).join(), /of \d+ prompts/));
    await session.screenshot('neurons');
  });

  for (const [name, theme] of [['light', 'Light Modern'], ['high contrast', 'Dark High Contrast']] as const) {
    it(`are drawn in the ${name} theme, wide and narrow`, async () => {
      await inspector.part('tab-overview').click();
      await chooseTheme(session.page, theme);
      for (const width of [1400, 820]) {
        await session.page.setViewportSize({ width, height: 900 });
        await inspector.part('overview-grid').waitFor();
        await session.screenshot(`overview ${name} ${width}`);
      }
      await session.page.setViewportSize({ width: 1400, height: 900 });
    });
  }

  it('give way to the flow graph when another prompt is run from the neurons', async () => {
    await inspector.part('tab-neurons').click();
    await session.visualize(capital);
    await eventually(async () => assert.equal(await inspector.part('tab-graph').getAttribute('aria-selected'), 'true'));
  });
});
