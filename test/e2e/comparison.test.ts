import assert from 'node:assert/strict';
import type { Comparison } from '../../src/core/format/comparison';
import type { StoryDifference } from '../../src/core/insight/story-difference';
import { differenceText } from '../../src/core/present/difference-words';
import { whatChanged } from '../../src/core/compare/what-changed';
import { showToken } from '../../src/core/text/token-text';
import { visit } from '../support/visit';
import { UNMEASURED_LIMIT } from '../support/patience';
import { press, tick } from '../support/press';
import { chooseTheme, closeSideBar, eventually, reloadWindow, runCommand, selectLine, selectTwoLines } from '../support/workbench';
import { untilStored } from '../support/workbench-storage';
import { inspectorWith, inspectorWithStory, type InspectorFrame } from './inspector-frame';
import { openSession, PROMPTS, type Session } from './session';

const THEMES = { dark: 'Dark Modern', 'high contrast': 'Dark High Contrast', light: 'Light Modern' };
const SIDES = ['left', 'right'] as const;

describe('comparing two prompts in VS Code', function () {
  this.timeout(UNMEASURED_LIMIT);
  const [japan, accents, , france] = PROMPTS;
  let session: Session;
  let inspector: InspectorFrame;
  let expected: Comparison;

  before(async () => {
    const { code, stdout, stderr } = await visit(['compare', '--prompt', japan, '--prompt', france, '--format', 'json']);
    assert.equal(code, 0, stderr);
    expected = JSON.parse(stdout) as Comparison;
    session = await openSession(undefined, { fresh: true });
    await closeSideBar(session.page);
  });
  after(() => session?.giveBack());

  const tokens = (side: (typeof SIDES)[number]) => inspector.texts(`${side}-token-strip`, '[role=option]');

  it('shows what was selected for compare next to what is selected now', async () => {
    await session.run(japan, 'VISIT: Select for Compare');
    await session.page.locator('.statusbar-item', { hasText: 'The capital of Japan' }).waitFor();
    await session.run(france, 'VISIT: Compare with Selected');
    inspector = await inspectorWith(session.page, 'left-token-strip');
    await eventually(async () => {
      for (const side of SIDES) assert.deepEqual(await tokens(side), expected[side].tokens.map(showToken));
    });
    await session.screenshot('comparison');
  });

  it('shows a node and its twin on one card, with the tokens that the command line prints', async () => {
    const node = expected.nodes.find(({ left, right }) => left?.endsWith('hook_attn_out') === true && right !== null);
    assert.ok(node);
    await inspector.hover(node.id);
    await eventually(async () => {
      for (const side of SIDES) {
        const own: Comparison['left']['nodes'][number] | undefined = expected[side].nodes.find(({ id }) => id === node[side]);
        const shown = await inspector.texts(`card-list-${side}`, '.list-token');
        assert.ok(shown.length > 0);
        assert.deepEqual(shown, own?.reading?.top.slice(0, shown.length).map(showToken));
      }
    });
    await session.screenshot('comparison hover');
  });

  it('lists first what the command line lists first, and leads to it', async () => {
    await press(inspector.part('view-changes'));
    const [first] = whatChanged(expected);
    assert.ok(first);
    await eventually(async () => assert.equal(await inspector.part('change').first().getAttribute('data-node'), first.id));
    await session.screenshot('comparison what changed');
    await press(inspector.part('change').first().locator('button'));
    await eventually(async () => assert.equal(await inspector.part('pinned-card').getAttribute('data-node'), first.id));
    await press(inspector.part('view-merged'));
    await session.screenshot('comparison merged');
    await press(inspector.part('unpin-all'));
    await press(inspector.part('view-sides'));
  });

  it('changes the sides over, and keeps them over a reload of the window', async () => {
    await press(inspector.part('swap'));
    await eventually(async () => assert.deepEqual(await tokens('left'), expected.right.tokens.map(showToken)));
    // The order matters: the prompts themselves were stored before they were changed over.
    await untilStored(session.page, `"left":{"text":"${france}`);
    await reloadWindow(session.page);
    await eventually(async () => {
      assert.deepEqual(await tokens('left'), expected.right.tokens.map(showToken));
      assert.deepEqual(await tokens('right'), expected.left.tokens.map(showToken));
    });
  });

  it('compares two selections of one editor', async () => {
    await selectTwoLines(session.page, 1);
    await runCommand(session.page, 'VISIT: Compare Forward Passes');
    await eventually(async () => {
      assert.equal((await tokens('left')).join('').replaceAll('·', ' '), japan);
      assert.ok((await tokens('right')).join('').startsWith(accents.slice(0, 1)));
    });
  });

  it('compares the graph that is shown with a prompt that is typed', async () => {
    await session.visualize(japan);
    inspector = await inspectorWith(session.page, 'token-strip');
    await press(inspector.part('compare-with'));
    await inspector.part('other-prompt').fill(france);
    await press(inspector.part('compare-prompts'));
    await eventually(async () => assert.deepEqual(await tokens('right'), expected.right.tokens.map(showToken)));
  });

  it('tells in a narrow panel what parts the two passes, and goes on to their graphs', async () => {
    // The last comparison is closed, and with it the flow graph that was looked at.
    await press(inspector.part('tab-story'));
    await press(inspector.part('end-comparison'));
    await session.page.setViewportSize({ width: 1100, height: 800 });
    await session.run(japan, 'VISIT: Visualize Forward Pass');
    inspector = await inspectorWithStory(session.page);
    await session.run(japan, 'VISIT: Select for Compare');
    await session.page.locator('.statusbar-item', { hasText: 'The capital of Japan' }).waitFor();
    await session.run(france, 'VISIT: Compare with Selected');
    await inspector.part('difference-answer').waitFor();
    await inspector.part('difference-left').filter({ hasText: '·Tokyo' }).waitFor();
    await inspector.part('difference-right').filter({ hasText: '·Paris' }).waitFor();
    const { code, stdout, stderr } = await visit(['compare', '--prompt', japan, '--prompt', france, '--story', '--format', 'json']);
    assert.equal(code, 0, stderr);
    const said = differenceText(JSON.parse(stdout) as StoryDifference);
    await eventually(async () => {
      const sentence = ((await inspector.part('story-sentence').textContent()) ?? '').replaceAll(/\s+/g, ' ').trim();
      assert.equal(sentence, said);
    });
    // Every cause is measured in a call of its own, and the list fills.
    await eventually(async () => assert.ok((await inspector.part('causes').locator('li').count()) >= 3));
    await session.screenshot('story of a comparison');
    await press(inspector.part('tab-graph'));
    await eventually(async () => assert.deepEqual(await tokens('left'), expected.left.tokens.map(showToken)));
    await session.page.setViewportSize({ width: 1400, height: 900 });
  });

  for (const [name, theme] of Object.entries(THEMES)) {
    it(`follows the editor into the ${name} theme, and is stacked where it is narrow`, async () => {
      await chooseTheme(session.page, theme);
      for (const [width, size] of Object.entries({ wide: { width: 2100, height: 950 }, narrow: { width: 820, height: 950 } })) {
        await session.page.setViewportSize(size);
        await eventually(async () => {
          const [left, right] = await Promise.all(SIDES.map((side) => inspector.part(`canvas-${side}`).boundingBox()));
          assert.ok(left && right);
          assert.equal(right.y > left.y, width === 'narrow');
        });
        await press(inspector.part('fit'));
        await session.screenshot(`comparison ${name} ${width}`);
      }
    });
  }

  it('lists what every line of a file is continued with, and compares two of them', async () => {
    await session.page.setViewportSize({ width: 1400, height: 900 });
    await selectLine(session.page, 1);
    await runCommand(session.page, 'VISIT: Compare Prompts of a File');
    await inspector.part('prediction').first().waitFor();
    assert.equal(await inspector.part('prediction').count(), PROMPTS.length);
    await session.screenshot('predictions');
    await tick(inspector.part('right-3'));
    await press(inspector.part('compare-rows'));
    await eventually(async () => assert.deepEqual(await tokens('right'), expected.right.tokens.map(showToken)));
  });
});
