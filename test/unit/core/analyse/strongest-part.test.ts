import assert from 'node:assert/strict';
import { strongestPart } from '../../../../src/core/analyse/strongest-part';
import type { FlowNode } from '../../../../src/core/format/flow-graph';
import { sampleGraph } from '../../../webview/sample-graph';

describe('The strongest part of a graph', () => {
  it('is the head or neuron of the largest share, whichever its sign; sums and gathered nodes are none', async () => {
    const graph = await sampleGraph();
    const shared = (share: (node: FlowNode) => number | undefined) => ({
      nodes: graph.nodes.map(({ share: _, ...node }) => {
        const own = share(node);
        return own === undefined ? node : { ...node, share: own };
      }),
    });
    const [head, neuron] = ['head_out', 'neuron_value'].map((kind) => graph.nodes.find((node) => node.kind === kind));
    assert.ok(head && neuron);
    const of = (by: ReadonlyMap<string, number>) => strongestPart(shared(({ id, kind }) => by.get(id) ?? (kind === 'mlp_out' ? 9 : 0)));
    assert.equal(
      of(
        new Map([
          [head.id, -2],
          [neuron.id, 1],
        ]),
      )?.id,
      head.id,
    );
    assert.equal(
      of(
        new Map([
          [head.id, 1],
          [neuron.id, 2],
        ]),
      )?.id,
      neuron.id,
    );
    assert.equal(
      of(
        new Map([
          [head.id, Number.NaN],
          [neuron.id, 2],
        ]),
      )?.id,
      neuron.id,
    );
    assert.equal(strongestPart(shared(() => undefined)), undefined);
  });
});
