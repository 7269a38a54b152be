import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { spokenTokens } from '../../../../src/core/format/spoken-tokens';
import { buildTokenIndex, type TokenIndex } from '../../../../src/core/insight/token-index';
import { searchTokens } from '../../../../src/core/insight/token-search';
import type { LensRequest, StreamPlace } from '../../../../src/core/pass/lens';
import { rowOf } from '../../../../src/core/pass/vector';
import { FakePass } from '../../../support/fake-pass';
import { rejects } from '../../../support/rejects';

const idle = { signal: { aborted: false }, report: () => undefined };
const counts = { ...DEFAULT_COUNTS, top: 2, bottom: 1, tokens: 5 };

/** Keeps the place that each vector was read at. */
class RecordingPass extends FakePass {
  readonly places = new Map<string, StreamPlace | undefined>();

  override read(rows: Float32Array, request: LensRequest): ReturnType<FakePass['read']> {
    const { dModel: d } = this.model;
    for (let i = 0; i < rows.length / d; i++) this.places.set(rowOf(rows, i, d).join(), request.at?.[i]);
    return super.read(rows, request);
  }
}

describe('the index of a pass by token', () => {
  const pass = new FakePass();
  const position = pass.tokens.length - 1;
  const built = buildTokenIndex(pass, { position, counts }, idle);

  it('lists for every place what its node says in the flow graph of the whole pass, whose nodes it names', async () => {
    const { places, vocabulary } = await built;
    const layers = { from: 0, to: pass.model.nLayers - 1 };
    const graph = await buildFlowGraph(pass, { layers, position, target: null, counts: { ...counts, heads: 0 } }, idle);
    const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    const here = places.filter((place) => place.position === position);
    assert.ok(here.length > 20);
    for (const { node: id, kind, coefficient = 0, listed } of here) {
      const node = nodes.get(id);
      assert.equal(node?.kind, kind, id);
      // The opposite of a value is not exactly what it says last, as norms are not linear: only what is written as it is can be compared.
      if (coefficient < 0) continue;
      const said = spokenTokens(node).map(({ id: token }) => token);
      assert.deepEqual(
        listed.map((at) => vocabulary[at].id),
        said.slice(0, listed.length),
        id,
      );
    }
  });

  it('reads every vector through the map of the border that the flow graph reads it through', async () => {
    const [index, graph] = [new RecordingPass(), new RecordingPass()];
    await buildTokenIndex(index, { position, counts }, idle);
    const layers = { from: 0, to: pass.model.nLayers - 1 };
    await buildFlowGraph(graph, { layers, position, target: null, counts: { ...counts, heads: 0 } }, idle);
    const shared = [...index.places].filter(([vector]) => graph.places.has(vector));
    assert.ok(shared.length > 20);
    for (const [vector, place] of shared) assert.deepEqual(place, graph.places.get(vector));
  });

  it('reads the stream at every position of a short prompt, and around the one under study of a long one', async () => {
    const { places, around } = await built;
    assert.deepEqual(around, { from: 0, to: position });
    const stream = places.filter(({ kind, layer }) => kind === 'resid_post' && layer === 1);
    assert.deepEqual(
      stream.map((place) => place.position),
      pass.tokens.map((_, p) => p),
    );
  });

  it('stops between layers once it has been cancelled', async () => {
    const cancelled = { signal: { aborted: true }, report: () => undefined };
    await rejects(buildTokenIndex(pass, { position, counts }, cancelled), 'cancelled');
  });
});

describe('searching the index', () => {
  const place = (node: string, layer: number, listed: number[], probabilities: number[]) =>
    ({ node, kind: 'head_out', layer, position: 0, listed, probabilities }) as const;
  const index = {
    vocabulary: [
      { id: 3, text: ' Tokyo' },
      { id: 9, text: 'yo' },
      { id: 4, text: ' the' },
    ],
    places: [
      place('a', 0, [2, 1], [0.5, 0.1]),
      place('b', 1, [0, 1], [0.3, 0.2]),
      place('c', 2, [1, 0], [0.6, 0.3]),
      place('d', 2, [2], [0.9]),
    ],
  } as unknown as TokenIndex;
  const nodes = (text: string, whole = false) => searchTokens(index, { text, whole }).map(({ place: { node }, rank }) => `${node}${rank}`);

  it('finds a part of a token in capital and small letters alike, the most probable first, each place once', () => {
    assert.deepEqual(nodes('YO'), ['c1', 'b1', 'a2']);
    assert.deepEqual(nodes('tokyo'), ['b1', 'c2']);
  });

  it('takes · for the space that it stands for, and forgives one at the end', () => {
    assert.deepEqual(nodes('·tok'), ['b1', 'c2']);
    assert.deepEqual(nodes(' to '), ['b1', 'c2']);
    assert.deepEqual(nodes('·yo'), []);
  });

  it('finds whole tokens only where that is asked for', () => {
    assert.deepEqual(nodes('yo', true), ['c1', 'b2', 'a2']);
    assert.deepEqual(nodes('tokyo', true), ['b1', 'c2']);
    assert.deepEqual(nodes('toky', true), []);
  });

  it('finds nothing for nothing', () => {
    for (const text of ['', ' ']) assert.deepEqual(nodes(text), []);
  });
});
