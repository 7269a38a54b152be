import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Comparison } from '../../../src/core/format/comparison';
import type { FlowGraph } from '../../../src/core/format/flow-graph';
import { nodeId } from '../../../src/core/format/node-id';
import { showToken } from '../../../src/core/text/token-text';
import { formatNumber, formatProbability } from '../../../webview/lib/format/number';
import { visit } from '../../support/visit';
import { UNMEASURED_LIMIT } from '../../support/patience';
import { press } from '../../support/press';
import { answerQuickInput, chooseTheme, closeSideBar, eventually, openFile, runCommand, selectLine } from '../../support/workbench';
import { inspectorOf, inspectorWith, type InspectorFrame } from '../inspector-frame';
import { openSession, PROMPTS, type Session } from '../session';

const THEMES = { light: 'Light Modern', 'high contrast': 'Dark High Contrast', dark: 'Dark Modern' };
/** A line of an example file: Mary is the indirect object. */
const GIVING = {
  file: 'indirect-object.txt',
  line: 5,
  text: 'When Mary and John went to the store, John gave a drink to',
  object: ' Mary',
  subject: ' John',
} as const;
/** The embedded model's card names this head: it looks at the one who gives and writes against that name. */
const HEAD = nodeId.headOut(4, 2);

/** The graph that the command line prints. */
async function flowGraph(prompt: string, ...options: string[]): Promise<FlowGraph> {
  const { code, stdout, stderr } = await visit(['graph', '--prompt', prompt, '--format', 'json', ...options]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as FlowGraph;
}

describe('asking what if in VS Code', function () {
  this.timeout(UNMEASURED_LIMIT);
  const [japan, , , france] = PROMPTS;
  let session: Session;
  let inspector: InspectorFrame;
  let ordinary: FlowGraph;
  let without: FlowGraph;

  before(async () => {
    const asked = ['--target', GIVING.object, '--against', GIVING.subject, '--layers', '4'];
    ordinary = await flowGraph(GIVING.text, ...asked);
    without = await flowGraph(GIVING.text, ...asked, '--ablate', HEAD);
    session = await openSession({ width: 1700, height: 1000 });
    await closeSideBar(session.page);
    await openFile(session.page, GIVING.file);
    await selectLine(session.page, GIVING.line);
    await runCommand(session.page, 'VISIT: Visualize Forward Pass');
    inspector = await inspectorOf(session.page, ordinary.tokens.map(showToken));
  });
  after(() => session?.giveBack());

  const pin = async (id: string): Promise<void> => {
    await inspector.pin(id);
    await inspector.part('what-if').first().waitFor();
  };
  const outcome = async (): Promise<string> => (await inspector.texts('outcome')).join();
  const chips = (): Promise<string[]> => inspector.texts('intervention');

  it('reads an example for the lead of the indirect object, in the layer of a head that the model card names', async () => {
    await press(inspector.part('against-open'));
    const field = inspector.part('against-input').locator('input');
    await field.fill(showToken({ text: GIVING.subject }));
    await field.press('Enter');
    await press(inspector.part('layer-cell-4'));
    await eventually(async () =>
      assert.ok(
        ((await inspector.part('share-line').getAttribute('title')) ?? '').includes(
          `logit difference ·Mary − ·John ${ordinary.target.logit.toFixed(3)}`,
        ),
      ),
    );
    await eventually(async () => assert.ok(await inspector.locate(HEAD)));
    await inspector.hover(HEAD);
    await eventually(async () => assert.match((await inspector.texts('card')).join(), /Click to pin or change/));
    await session.screenshot('what if hint');
  });

  it('switches the head off: the lead falls, by as much as the command line says', async () => {
    assert.ok(without.target.logit < ordinary.target.logit - 3, 'the command line: without this head Mary leads by less');
    await pin(HEAD);
    await session.screenshot('what if offer');
    await press(inspector.part('switch-off').first());
    await eventually(async () => {
      const target = (await inspector.texts('outcome-target')).join();
      const [before, after] = [ordinary, without].map((graph) => formatNumber(graph.target.logit));
      assert.ok(target.includes(`logit difference ·Mary − ·John${before} →  to ${after}`), target);
    });
    for (const [name, { stream }] of [
      ['Before', ordinary],
      ['After', without],
    ] as const) {
      const top = stream.at(-1)?.reading.top[0];
      assert.ok(top);
      assert.ok((await outcome()).includes(`${name}: ${showToken(top)}${formatProbability(top.probability)}`), await outcome());
    }
    assert.deepEqual(await chips(), ['head 2 of layer 4 off']);
    assert.deepEqual(
      [await inspector.texts('left-badge'), await inspector.texts('right-badge')].map(([name]) => name),
      ['Before', 'After'],
    );
    assert.match((await inspector.texts('card-intervention')).join(), /After: switched off/);
    await session.screenshot('what if head off');
  });

  it('adds a second component from the card of the side before, and takes the first back by keyboard', async () => {
    await press(inspector.part('unpin-all'));
    await pin(nodeId.mlpOut(4));
    await press(inspector.part('switch-off').first());
    await eventually(async () => assert.deepEqual(await chips(), ['head 2 of layer 4 off', 'feed-forward layer 4 off']));
    await session.screenshot('what if two');
    await inspector.part('take-back').first().focus();
    await session.page.keyboard.press('Enter');
    await eventually(async () => assert.deepEqual(await chips(), ['feed-forward layer 4 off']));
  });

  it('is the ordinary graph again when all is taken back, still with its second token', async () => {
    await press(inspector.part('take-all-back'));
    inspector = await inspectorOf(session.page, ordinary.tokens.map(showToken));
    await eventually(async () => {
      assert.ok(
        ((await inspector.part('share-line').getAttribute('title')) ?? '').includes(
          `logit difference ·Mary − ·John ${ordinary.target.logit.toFixed(3)}`,
        ),
      );
      assert.equal(await inspector.part('against-input').locator('input').inputValue(), '·John');
    });
    assert.equal(await inspector.part('interventions').isVisible(), false);
    await press(inspector.part('unpin-all'));
  });

  it('replaces what the first attention reads by what it is on another prompt: the capital is that of the other country', async () => {
    await press(session.page.locator('.editor-instance .view-lines').first()); // beside the panel, not over it
    await openFile(session.page, 'prompts.txt');
    const [one, other] = await Promise.all([flowGraph(japan), flowGraph(france)]);
    await session.visualize(japan);
    inspector = await inspectorOf(session.page, one.tokens.map(showToken));
    await press(inspector.part('layer-cell-0'));
    await eventually(async () => assert.ok(await inspector.locate(nodeId.attnOut(0))));
    await pin(nodeId.attnOut(0));
    await press(inspector.part('patch').first());
    await inspector.part('patch-prompt').fill(france);
    await session.screenshot('what if replace');
    await press(inspector.part('patch-confirm'));
    const [tokyo, paris] = [one, other].map(({ stream }) =>
      showToken(stream.at(-1)?.reading.top[0] ?? assert.fail('nothing is predicted')),
    );
    await eventually(async () => assert.match(await outcome(), new RegExp(`^Before: ${tokyo}.*After: ${paris}.*different prediction$`)));
    assert.deepEqual(await chips(), [`attention of layer 0 patched from “${france}”`]);
    await session.screenshot('what if patched');
  });

  it('exports what is shown, and suggests a name that says what it is', async () => {
    await press(inspector.part('detail-toggle'));
    await press(inspector.part('export-json'));
    const file = await answerQuickInput(session.page, /before-after(-[a-z0-9]+)+\.json$/);
    const saved = await eventually(async () => JSON.parse(await readFile(file, 'utf8')) as Comparison);
    assert.deepEqual(saved.right.interventions, [{ mode: 'patch', component: 'blocks.0.attn', prompt: france }]);
    assert.equal(saved.left.interventions, undefined);
    await press(inspector.part('detail-toggle'));
  });

  for (const [name, theme] of Object.entries(THEMES)) {
    it(`follows the editor into the ${name} theme, wide and narrow`, async () => {
      await chooseTheme(session.page, theme);
      for (const [width, size] of Object.entries({ wide: { width: 2100, height: 1000 }, narrow: { width: 820, height: 1000 } })) {
        await session.page.setViewportSize(size);
        inspector = await inspectorWith(session.page, 'outcome');
        await eventually(async () => {
          const [left, right] = await Promise.all(['left', 'right'].map((side) => inspector.part(`canvas-${side}`).boundingBox()));
          assert.ok(left && right);
          assert.equal(right.y > left.y, width === 'narrow');
        });
        await press(inspector.part('fit'));
        await session.screenshot(`what if ${name} ${width}`);
      }
    });
  }
});
