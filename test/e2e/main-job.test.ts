import assert from 'node:assert/strict';
import { showToken } from '../../src/core/text/token-text';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { visit } from '../support/visit';
import { pace, UNMEASURED_LIMIT } from '../support/patience';
import { press } from '../support/press';
import { eventually, markedBoxes, textBox } from '../support/workbench';
import { inspectorOf, inspectorWithStory, type InspectorFrame } from './inspector-frame';
import { openSession, PROMPTS, type Session } from './session';

/** What the command line says about a prompt; the panel must say the same. */
async function flowGraph(prompt: string, ...options: string[]): Promise<FlowGraph> {
  const { code, stdout, stderr } = await visit(['graph', '--prompt', prompt, '--format', 'json', ...options]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as FlowGraph;
}

function nodeOf(graph: FlowGraph, id: string): FlowGraph['nodes'][number] {
  const node = graph.nodes.find((candidate) => candidate.id === id);
  assert.ok(node, `the graph has a node ${id}`);
  return node;
}

describe('selecting text and running the command in VS Code', function () {
  this.timeout(UNMEASURED_LIMIT);
  const [capital, accents] = PROMPTS;
  let session: Session;
  let inspector: InspectorFrame;
  let expected: FlowGraph;
  let last: number;

  before(async () => {
    expected = await flowGraph(capital);
    last = expected.model.nLayers - 1;
    session = await openSession(undefined, { fresh: true });
  });
  after(() => session?.giveBack());

  /** The target's rank as the toolbar shows it: "#1,234 · 0.01%". */
  async function targetRank(): Promise<number> {
    const [figure] = await inspector.texts('target-figure');
    return Number(figure.split('·')[0].replace(/\D/g, ''));
  }

  it('shows the flow graph of the selected text beside the file', async () => {
    await session.visualize(capital);
    // What a new panel opens with: the answer, and what happened in a sentence.
    const story = await inspectorWithStory(session.page);
    assert.deepEqual(await story.texts('story-token'), [showToken(expected.target)]);
    assert.match((await story.texts('story-sentence')).join(''), /leads from .* The strongest read: layer \d+ heads? \d/);
    await story.part('causes').locator('li').first().waitFor();
    await session.screenshot('story');
    inspector = await inspectorOf(session.page, expected.tokens.map(showToken));
    assert.deepEqual(await inspector.texts('model-name'), [expected.model.name]);
    assert.deepEqual(await inspector.texts('origin'), ['prompts.txt']);
    assert.equal(await session.page.locator('.editor-group-container').count(), 2);
    await session.screenshot('wide');
  });

  it('continues "The capital of Japan is the city of" with " Tokyo"', async () => {
    assert.equal(expected.target.text, ' Tokyo');
    assert.equal(await targetRank(), 1);
  });

  it('shows on hover the tokens that the command line prints for the node', async () => {
    const id = `blocks.${last}.hook_resid_post`;
    const node = nodeOf(expected, id);
    await inspector.hover(id);
    await eventually(async () => {
      const shown = await inspector.texts('card-tokens', '.list-token');
      assert.ok(shown.length > 0);
      assert.deepEqual(shown, node.reading?.top.slice(0, shown.length).map(showToken));
    });
    await session.screenshot('hover');
  });

  it('marks in the editor the very characters of the token under the pointer', async () => {
    const index = expected.tokens.findIndex(({ text }) => text === ' Japan');
    const { start, end } = expected.tokens[index];
    await eventually(async () => {
      await inspector.part(`token-${index}`).hover({ timeout: pace() });
      const [marked] = await markedBoxes(session.page);
      const text = await textBox(session.page, capital, start, end);
      assert.ok(Math.abs(marked.left - text.left) < 2 && Math.abs(marked.width - text.width) < 4, JSON.stringify({ marked, text }));
    });
  });

  it('pins a node on click, and keeps its card when another layer is shown', async () => {
    const id = `blocks.${last}.hook_resid_post`;
    await inspector.pin(id);

    await press(inspector.part('layer-cell-0'));
    await eventually(async () => assert.ok(await inspector.locate('blocks.0.hook_resid_post')));
    assert.equal(await inspector.locate(id), null);
    assert.deepEqual(await inspector.texts('layer-caption'), ['Layer 0']);

    await press(inspector.part(`layer-cell-${last}`));
    await eventually(async () => assert.ok(await inspector.locate(id)));
    assert.equal(await inspector.part('pinned-card').count(), 1);
    await session.screenshot('pinned');
    await press(inspector.part('unpin-all'));
    await inspector.part('pinned-card').waitFor({ state: 'detached' });
  });

  it('shows another position on a click into the token strip', async () => {
    const other = await flowGraph(capital, '--position', '2');
    await press(inspector.part('token-2'));
    await inspector.showsPosition(2);
    const id = `blocks.${last}.hook_resid_post`;
    await eventually(async () => {
      assert.equal(await inspector.part('token-2').getAttribute('aria-selected'), 'true');
      await inspector.hover(id);
      const shown = await inspector.texts('card-tokens', '.list-token');
      assert.ok(shown.length > 0);
      assert.deepEqual(shown, nodeOf(other, id).reading?.top.slice(0, shown.length).map(showToken));
    });
    await press(inspector.part(`token-${expected.tokens.length - 1}`));
    await inspector.showsPosition(expected.tokens.length - 1);
    await eventually(async () => assert.equal(await targetRank(), expected.target.rank));
  });

  it('explains a typed target that is no single token, and takes one of those that it offers', async () => {
    const field = inspector.part('target-input').locator('input');
    await field.fill('Tokyo is large');
    await field.press('Enter');
    await inspector.part('target-problem').waitFor();
    assert.match((await inspector.texts('target-problem')).join(), /is \d+ tokens/);

    await field.fill('Japan');
    await field.press('Enter');
    const { target } = await flowGraph(capital, '--target', ' Japan');
    await press(inspector.part(`near-${target.id}`));
    await eventually(async () => assert.equal(await targetRank(), target.rank));
    await press(inspector.part('target-clear'));
    await eventually(async () => assert.equal(await targetRank(), expected.target.rank));
  });

  it('offers the same nodes as a tree that the keyboard walks', async () => {
    await press(inspector.part('table-toggle'));
    await press(inspector.part('nodes-tree'));
    await inspector.part('tree').waitFor();
    await inspector.part('tree').locator('[role=treeitem]').first().focus();
    // opens a closed branch, else goes to its first child: layer, kind of node, node
    for (let i = 0; i < 4; i++) await session.page.keyboard.press('ArrowRight');
    await inspector.part('card').waitFor();
    await session.screenshot('table');
    await press(inspector.part('graph-toggle'));
    await eventually(async () => assert.ok(await inspector.locate(`blocks.${last}.hook_resid_post`)));
  });

  it('shows other text in the same panel, and marks it exactly behind accents and emoji', async () => {
    const graph = await flowGraph(accents);
    await session.visualize(accents);
    inspector = await inspectorOf(session.page, graph.tokens.map(showToken));
    assert.equal(await session.page.locator('.tab', { hasText: 'VISIT' }).count(), 1);

    const index = graph.tokens.findIndex(({ start }) => start > accents.indexOf('😀') + 2);
    const { start, end } = graph.tokens[index];
    await eventually(async () => {
      await inspector.part(`token-${index}`).hover({ timeout: pace() });
      const [marked] = await markedBoxes(session.page);
      const text = await textBox(session.page, accents, start, end);
      assert.ok(Math.abs(marked.left - text.left) < 2, JSON.stringify({ marked, text }));
    });
  });
});
