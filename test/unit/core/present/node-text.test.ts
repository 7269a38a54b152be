import assert from 'node:assert/strict';
import { SWITCHED_OFF } from '../../../../src/core/present/effect-words';
import { nodeText } from '../../../../src/core/present/node-text';
import { showToken } from '../../../../src/core/text/token-text';
import { sampleGraph } from '../../../webview/sample-graph';

describe('A card as text', () => {
  it('has a cell for every token and for each of its figures, as numbers that a spreadsheet reads', async () => {
    const graph = await sampleGraph({ effects: true });
    const node = graph.nodes.find(({ kind }) => kind === 'head_out') ?? assert.fail('no head');
    const rows = nodeText(node, graph, SWITCHED_OFF)
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    const { reading } = node;
    assert.ok(reading);
    for (const token of [...reading.top, ...reading.bottom]) {
      const shown = showToken(token);
      const row = rows.find(
        ([name, probability]) => name?.replace(/^'/, '') === shown && Math.abs(Number(probability) - token.probability) < 1e-3,
      );
      assert.ok(row, shown);
      assert.ok(Math.abs(Number(row[2]) - token.logit) <= 1e-3 * Math.max(1, Math.abs(token.logit)), row.join(' '));
    }
    const share = rows.find(([name]) => name === 'Centred share');
    assert.ok(Math.abs(Number(share?.[1]) - (node.share ?? NaN)) < 1e-2, String(share));
    assert.deepEqual(rows[1], ['Prompt', graph.prompt]);
  });

  it('is no formula where a token looks like one, and stays one line where it has a tab', async () => {
    const graph = await sampleGraph();
    const node = graph.nodes.find(({ reading }) => reading !== null) ?? assert.fail('no reading');
    const hostile = { ...graph, prompt: '=HYPERLINK("x")\tand\nmore' };
    assert.equal(nodeText(node, hostile, SWITCHED_OFF).split('\n')[1], 'Prompt\t\'=HYPERLINK("x") and more');
  });
});
