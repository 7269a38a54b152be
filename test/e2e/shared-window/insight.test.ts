import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_COUNTS } from '../../../src/core/format/default-counts';
import type { ActiveNeurons } from '../../../src/core/insight/active-neurons';
import type { Overview } from '../../../src/core/insight/overview';
import { showToken } from '../../../src/core/text/token-text';
import { visit } from '../../support/visit';
import { pace, UNMEASURED_LIMIT } from '../../support/patience';
import { press } from '../../support/press';
import { answerQuickInput, chooseInExplorer, chooseTheme, closeSideBar, eventually, pickRow, reloadWindow } from '../../support/workbench';
import { haltEngine } from '../engine-process';
import { anyInspector, type InspectorFrame } from '../inspector-frame';
import { openSession, PROMPTS, type Session } from '../session';

const FIND = 'Find Always-Active Neurons';

describe('the views beside the flow graph, in VS Code', function () {
  this.timeout(UNMEASURED_LIMIT);
  const [capital] = PROMPTS;
  let session: Session;
  let inspector: InspectorFrame;
  let expected: Overview;
  let found: ActiveNeurons;
  /** position of the last token */
  let last: number;

  before(async () => {
    const { code, stdout, stderr } = await visit(['overview', '--prompt', capital, '--format', 'json']);
    assert.equal(code, 0, stderr);
    expected = JSON.parse(stdout) as Overview;
    last = expected.tokens.length - 1;
    session = await openSession();
    await closeSideBar(session.page);
    await session.visualize(capital);
    inspector = await anyInspector(session.page);
    await eventually(async () => assert.ok((await inspector.tokens()).length > 0));
  });
  after(() => session?.giveBack());

  it('show in the overview the tokens that the command line prints, and open the flow graph of a cell', async () => {
    await press(inspector.part('tab-overview'));
    const layer = 1;
    const row = inspector.part('overview-grid').locator(`[role=gridcell][data-row="${expected.model.nLayers - 1 - layer}"]`); // the last layer is on top
    await eventually(async () => {
      const shown = await row.allTextContents();
      assert.ok(shown.length > 0);
      assert.deepEqual(
        shown,
        expected.grid.resid_post[layer].slice(0, shown.length).map(({ top }) => showToken(top)),
      );
    });
    await session.screenshot('overview');
    await press(row.first());
    await eventually(async () => {
      assert.ok(await inspector.locate(`blocks.${layer}.hook_resid_post`));
      assert.equal(await inspector.part('token-0').getAttribute('aria-selected'), 'true');
    });
  });

  it('show the norms, and stay where they are over a reload of the window', async () => {
    await press(inspector.part('tab-norms'));
    await inspector.part('norm-ln_final-').waitFor();
    await session.screenshot('norms');
    await reloadWindow(session.page);
    await eventually(async () => {
      assert.equal(await inspector.part('tab-norms').getAttribute('aria-selected'), 'true');
      assert.ok(await inspector.part('norm-ln_final-').isVisible());
    });
  });

  it('sum up the norms over all prompts of the file', async () => {
    await press(inspector.part('norm-summary'));
    await inspector.part('norm-summary-ln_final-').waitFor();
    await session.screenshot('norms of the file');
  });

  /** The head of the last layer that looks at the token before. */
  const openHead = async (): Promise<void> => {
    await press(inspector.part('tab-overview'));
    await press(inspector.part('heads-grid').locator(`[role=gridcell][data-row="${expected.model.nLayers - 1}"][data-column="3"]`));
  };

  it('show what a head reads: the one that looks at the token before, as the model’s card says', async () => {
    await press(inspector.part('tab-overview'));
    await press(inspector.part('overview-grid').locator(`[role=gridcell][data-column="${last}"]`).first());
    await inspector.showsPosition(last);
    await openHead();
    await press(inspector.part('memory-ask'));
    await eventually(async () => {
      const [source] = await inspector.texts('memory-sources', 'li > .list-token');
      assert.equal(source, showToken(expected.tokens[last - 1]));
    });
  });

  it('find the always-active neurons over a file of the explorer, as the command line finds them', async () => {
    const { code, stdout, stderr } = await visit([
      'neurons',
      '--prompts',
      path.join(session.folder, 'factual-recall.txt'),
      '--format',
      'json',
    ]);
    assert.equal(code, 0, stderr);
    found = JSON.parse(stdout) as ActiveNeurons;
    assert.ok(found.neurons.length > 0);
    await chooseInExplorer(session.page, 'factual-recall.txt', FIND);
    await eventually(async () => {
      assert.match((await inspector.texts('neurons-summary')).join(), new RegExp(`of ${found.prompts} prompts`));
      for (const { layer, neuron } of found.neurons) assert.equal(await inspector.part(`neuron-${layer}-${neuron}`).count(), 1);
    });
    await session.screenshot('neurons');
  });

  it('save them as the command line does, where the dialog says', async () => {
    const { stdout } = await visit(['neurons', '--prompts', path.join(session.folder, 'factual-recall.txt'), '--format', 'csv']);
    await press(inspector.part('neurons-export'));
    const file = path.join(session.folder, 'found.csv');
    await answerQuickInput(session.page, /active-neurons\.csv$/, file);
    await eventually(async () => assert.equal(await readFile(file, 'utf8'), stdout));
  });

  it('mark them in the flow graph, which opens at one', async () => {
    const [{ layer, neuron }] = found.neurons;
    await press(inspector.part(`neuron-${layer}-${neuron}`).locator('button'));
    await eventually(async () => {
      assert.match((await inspector.texts('card-note')).join(), new RegExp(`of ${found.prompts} prompts`));
    });
    await session.screenshot('neuron marked');
  });

  it('leave the number of neurons as it was once another layer is shown', async () => {
    const [{ layer, neuron, mean }] = found.neurons;
    const side = mean < 0 ? 'bottom' : 'top';
    assert.ok(found.perLayer > DEFAULT_COUNTS[side], 'more are drawn for its sake');
    const count = async (): Promise<number> => {
      if (!(await inspector.part('detail').isVisible())) await press(inspector.part('detail-toggle'));
      return Number(await inspector.part(`count-${side}`).inputValue({ timeout: pace() }));
    };
    await press(inspector.part('tab-neurons'));
    await press(inspector.part(`neuron-${layer}-${neuron}`).locator('button'));
    await eventually(async () => assert.equal(await count(), found.perLayer));
    await press(inspector.part(`layer-cell-${layer === 0 ? 1 : 0}`));
    await eventually(async () => assert.equal(await count(), DEFAULT_COUNTS[side]));
    await press(inspector.part('detail-toggle'));
    await openHead();
  });

  it('leave what is known as it is when a search over a folder is cancelled', async () => {
    await mkdir(path.join(session.folder, 'many'));
    const lines = Array.from({ length: 20 }, (_, i) => `${capital} ${i}`);
    await writeFile(path.join(session.folder, 'many', 'prompts.txt'), lines.join('\n'));
    await press(inspector.part('tab-neurons'));
    const before = await inspector.texts('neurons-summary');
    await haltEngine(session.server);
    await chooseInExplorer(session.page, 'many', FIND);
    await inspector.part('neurons-cancel').waitFor();
    await session.screenshot('neurons being searched for');
    assert.equal(await session.page.locator('.notification-toast').count(), 0, 'progress is shown once');
    await press(inspector.part('neurons-cancel'));
    await inspector.part('neurons-cancel').waitFor({ state: 'hidden' });
    assert.deepEqual(await inspector.texts('neurons-summary'), before);
  });

  it('find them over the whole workspace', async () => {
    await rm(path.join(session.folder, 'many'), { recursive: true });
    await press(inspector.part('neurons-find'));
    await pickRow(session.page, 'Prompt Files of the Workspace', 'Prompt Files of the Workspace');
    await eventually(async () => {
      const [, prompts] = /of (\d+) prompts/.exec((await inspector.texts('neurons-summary')).join()) ?? [];
      assert.ok(Number(prompts) > found.prompts, `${prompts} prompts`);
    });
  });

  // What depends on the theme and the width at once is a matter of the page, and seen there.
  for (const [name, theme, widths] of [
    ['dark', 'Dark Modern', [1400]],
    ['high contrast', 'Dark High Contrast', [1400]],
    ['light', 'Light Modern', [1400, 820]],
  ] as const) {
    it(`are drawn in the ${name} theme`, async () => {
      await chooseTheme(session.page, theme);
      for (const width of widths) {
        await session.page.setViewportSize({ width, height: 900 });
        for (const [tab, part] of [
          ['overview', 'overview-grid'],
          ['norms', 'norms-table'],
          ['neurons', 'neurons-summary'],
          ['graph', 'memory'],
        ] as const) {
          await press(inspector.part(`tab-${tab}`));
          await inspector.part(part).first().waitFor();
          if (tab === 'graph') await inspector.part('memory').first().scrollIntoViewIfNeeded();
          await session.screenshot(`${tab === 'graph' ? 'memory' : tab} ${name} ${width}`);
        }
      }
      await session.page.setViewportSize({ width: 1400, height: 900 });
    });
  }

  it('give way to the flow graph when another prompt is run from the neurons', async () => {
    await press(inspector.part('tab-neurons'));
    await session.visualize(capital);
    await eventually(async () => assert.equal(await inspector.part('tab-graph').getAttribute('aria-selected'), 'true'));
  });
});
