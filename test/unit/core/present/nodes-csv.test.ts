import assert from 'node:assert/strict';
import { nodesCsv } from '../../../../src/core/present/nodes-csv';
import { sampleGraph } from '../../../webview/sample-graph';

describe('The nodes of a graph as comma-separated values', () => {
  it('are one row each, with as many fields as there are headings', async () => {
    const graph = await sampleGraph({ effects: true });
    const [head, ...rows] = nodesCsv(graph).trimEnd().split('\r\n');
    assert.equal(rows.length, graph.nodes.length);
    const columns = head?.split(',').length;
    for (const row of rows) assert.equal(row.replaceAll(/"(?:[^"]|"")*"/g, '').split(',').length, columns, row);
  });

  it('say share and effect to the last digit, and leave empty what a node does not have', async () => {
    const graph = await sampleGraph({ effects: true });
    const known = graph.nodes.find(({ share, effect }) => share !== undefined && effect !== undefined);
    const without = graph.nodes.find(({ effect }) => effect === undefined);
    const rows = nodesCsv(graph).split('\r\n');
    const rowOf = (id: string | undefined): string => rows.find((row) => row.startsWith(`${id},`)) ?? '';
    assert.ok(rowOf(known?.id).endsWith(`,${known?.share},${known?.effect?.value}`));
    assert.ok(rowOf(without?.id).endsWith(','));
  });
});
