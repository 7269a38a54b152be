import assert from 'node:assert/strict';
import { buildFlowGraph, readNodes } from '../../../../src/core/build/build-flow-graph';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { isUnread, withRead } from '../../../../src/core/format/unread';
import { seenFirst } from '../../../../src/core/present/rows/seen-first';
import { FakePass } from '../../../support/fake-pass';

const quiet = { signal: { aborted: false }, report: () => {} };
const options = { layers: { from: 0, to: 2 }, position: 3, target: null, counts: { ...DEFAULT_COUNTS, tokens: 4 } };

describe('a graph of which only some nodes have been read', () => {
  const first = (pass: FakePass) => buildFlowGraph(pass, options, quiet, seenFirst);

  it('says everything that needs no lens, and which nodes are unread', async () => {
    const whole = await buildFlowGraph(new FakePass(), options, quiet);
    const graph = await first(new FakePass());
    assert.equal(graph.unread, graph.nodes.filter(isUnread).length);
    assert.ok(graph.unread > graph.nodes.length / 4, String(graph.unread));
    assert.equal(whole.unread, undefined);
    assert.ok(!whole.nodes.some(isUnread));
    for (const [i, node] of graph.nodes.entries()) {
      const { reading: _reading, label: _label, also: _also, share, ...rest } = whole.nodes[i];
      if (!isUnread(node)) {
        assert.deepEqual(node, whole.nodes[i]);
        continue;
      }
      const { share: without, ...others } = node;
      assert.deepEqual(others, { ...rest, reading: null, label: '' });
      // The fake reads shares off the whole unembedding, in double precision.
      assert.ok(share === without || Math.abs((share ?? NaN) - (without ?? NaN)) < 1e-5, node.id);
    }
    const { nodes: _these, unread: _some, ...about } = graph;
    const { nodes: _those, ...aboutWhole } = whole;
    assert.deepEqual(about, aboutWhole);
  });

  it('has read every node that has a row in the drawing', async () => {
    const graph = await first(new FakePass());
    const seen = seenFirst(graph);
    assert.ok(seen.size > 10, String(seen.size));
    for (const node of graph.nodes) if (seen.has(node.id)) assert.ok(!isUnread(node), node.id);
  });

  it('is completed by what is read later, by id or some at a time, each vector once', async () => {
    const whole = await buildFlowGraph(new FakePass(), options, quiet);
    const pass = new FakePass();
    let rows = 0;
    const read = pass.read.bind(pass);
    pass.read = (vectors, request) => {
      rows += vectors.length / pass.model.dModel;
      return read(vectors, request);
    };
    const graph = await first(pass);
    const wanted = graph.nodes.filter(isUnread).slice(-2);
    const { nodes, left } = await readNodes(
      pass,
      options,
      wanted.map(({ id }) => id),
      quiet,
    );
    assert.equal(left, (graph.unread ?? 0) - 2);
    const more = withRead(graph, nodes);
    assert.equal(more.unread, left);
    for (const { id } of wanted) {
      const of = (g: typeof graph) => g.nodes.find((node) => node.id === id);
      assert.deepEqual(of(more), of(whole));
    }
    for (let before = left; before > 0;) {
      const { left: now } = await readNodes(pass, options, 7, quiet);
      assert.ok(now >= before - 7 && now < before);
      before = now;
    }
    assert.deepEqual(await buildFlowGraph(pass, options, quiet), whole);
    const of = new FakePass();
    let all = 0;
    const readAll = of.read.bind(of);
    of.read = (vectors, request) => {
      all += vectors.length / of.model.dModel;
      return readAll(vectors, request);
    };
    await buildFlowGraph(of, options, quiet);
    assert.equal(rows, all);
  });

  it('is drawn again where another graph was drawn meanwhile', async () => {
    const pass = new FakePass();
    const graph = await first(pass);
    await buildFlowGraph(new FakePass('Another prompt of more words'), options, quiet);
    const { left } = await readNodes(pass, options, 1000, quiet);
    assert.equal(left, 0);
    const whole = await buildFlowGraph(pass, options, quiet);
    assert.ok((graph.unread ?? 0) > 0 && whole.unread === undefined);
  });

  it('is read through the lens of now', async () => {
    const pass = new FakePass();
    await first(pass);
    Object.assign(pass.model, { lens: { kind: 'fitted', name: 'another', id: '1' } });
    const { left } = await readNodes(pass, options, 1, quiet);
    const { nodes } = await buildFlowGraph(new FakePass(), options, quiet);
    assert.ok(left > nodes.length / 2, 'nothing of what was read through the other lens counts');
  });
});
