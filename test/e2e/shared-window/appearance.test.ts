import assert from 'node:assert/strict';
import type { FlowGraph } from '../../../src/core/format/flow-graph';
import { showToken } from '../../../src/core/text/token-text';
import { visit } from '../../support/visit';
import { UNMEASURED_LIMIT } from '../../support/patience';
import { press } from '../../support/press';
import { chooseTheme, closeSideBar, eventually } from '../../support/workbench';
import { anyInspector, type InspectorFrame } from '../inspector-frame';
import { openSession, PROMPTS, type Session } from '../session';

const THEMES = {
  dark: { theme: 'Dark Modern', given: 'vscode-dark' },
  'high contrast': { theme: 'Dark High Contrast', given: 'vscode-high-contrast' },
  light: { theme: 'Light Modern', given: 'vscode-light' },
};
const WIDTHS = { wide: { width: 1400, height: 900 }, narrow: { width: 820, height: 900 } };

describe('the inspector follows the editor', function () {
  this.timeout(UNMEASURED_LIMIT);
  let session: Session;
  let inspector: InspectorFrame;

  before(async () => {
    session = await openSession();
    await closeSideBar(session.page);
    await session.visualize(PROMPTS[0]);
    inspector = await anyInspector(session.page);
    await eventually(async () => assert.ok((await inspector.tokens()).length > 0));
  });
  after(() => session?.giveBack());

  for (const [name, { theme, given }] of Object.entries(THEMES)) {
    it(`into the ${name} theme, in a wide and in a narrow panel without being cut off`, async () => {
      await chooseTheme(session.page, theme);
      await eventually(async () => assert.equal(await inspector.theme(), given));
      for (const [width, size] of Object.entries(WIDTHS)) {
        await session.page.setViewportSize(size);
        await eventually(async () => {
          const [strip, body] = await Promise.all([inspector.part('token-strip').boundingBox(), inspector.part('canvas').boundingBox()]);
          assert.ok(strip && body && strip.width > 100 && body.width > 100 && strip.x + strip.width <= size.width);
        });
        await press(inspector.part('fit'));
        await session.screenshot(`${name} ${width}`);
      }
    });
  }

  it('with the card of a head beside its node, inside the panel', async () => {
    const { code, stdout, stderr } = await visit(['graph', '--prompt', PROMPTS[0], '--layers', '4', '--format', 'json']);
    assert.equal(code, 0, stderr);
    const { nodes, target } = JSON.parse(stdout) as FlowGraph;
    const [head] = nodes.filter(({ kind }) => kind === 'head_out').sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
    assert.equal(head.reading?.top[0].text, target.text, 'what carries most of the prediction says it');

    await session.page.setViewportSize({ width: 1600, height: 900 });
    await press(inspector.part('layer-cell-4'));
    await eventually(async () => {
      await inspector.hover(head.id);
      const [node, card, stage] = await Promise.all([
        inspector.locate(head.id),
        inspector.part('card').boundingBox(),
        inspector.part('canvas').boundingBox(),
      ]);
      assert.ok(node && card && stage);
      assert.ok(card.x >= stage.x && card.x + card.width <= stage.x + stage.width, JSON.stringify({ card, stage }));
      const beside = card.x >= node.left + node.width || card.x + card.width <= node.left;
      assert.ok(beside || card.y >= node.top + node.height || card.y + card.height <= node.top, JSON.stringify({ card, node }));
      assert.equal((await inspector.texts('card-tokens', '.list-token'))[0], showToken(target));
    });
    await session.screenshot('hero');
  });
});
