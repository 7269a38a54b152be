import assert from 'node:assert/strict';
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { comparePasses } from '../../../../../src/core/compare/compare-passes';
import { DEFAULT_COUNTS } from '../../../../../src/core/format/default-counts';
import type { TokenScore } from '../../../../../src/core/format/flow-graph';
import { buildOverview } from '../../../../../src/core/insight/overview';
import { buildStory } from '../../../../../src/core/insight/story';
import { bytesOf } from '../../../../../src/core/protocol/columns/columns';
import { packedOf, unpackKnown } from '../../../../../src/core/protocol/columns/known';
import { pack } from '../../../../../src/core/protocol/columns/pack';
import { unpack } from '../../../../../src/core/protocol/columns/unpack';
import { anyText } from '../../../../support/any-text';
import { sampleGraph, samplePass } from '../../../../webview/sample-graph';
import { Problem } from '../../../../../src/core/problem';
import { examples } from '../../../../support/examples';

const context = { signal: { aborted: false }, report: () => undefined };

/** What arrives at the other end of a channel. */
function sent<T>(value: T): T {
  return unpack(deserialize(serialize(pack(value))) as ReturnType<typeof pack<T>>);
}

/** Equal, and the same text as JSON: keys in the same order. */
function assertArrives(value: unknown): void {
  const arrived = sent(value);
  assert.deepStrictEqual(arrived, value);
  assert.equal(JSON.stringify(arrived), JSON.stringify(value));
}

/** Numbers that are singles, as most that are sent, and any others. */
const number = fc.oneof(
  fc.double(),
  fc.float(),
  fc.integer(),
  fc.constantFrom(0, -0, NaN, Infinity, -1, 255, 256, 65_536, 2 ** 32, 2 ** 53),
);
const key = fc.oneof(fc.constantFrom('id', 'text', 'logit', 'probability'), anyText(4)).filter((name) => name !== '__proto__');
const text = fc.oneof(anyText(6), fc.constantFrom('a → b', ' → ', ' → → ', 'a → b → c', '', '\ud800'));

/** Scores as the lens gives them, and such as it never would. */
const score = fc.record(
  {
    id: fc.nat(5),
    text: fc.constantFrom('a', ' b', 'ü'),
    fragment: fc.constant<true>(true),
    logit: fc.oneof(fc.float(), fc.float({ min: -30, max: 30, noNaN: true })),
    probability: fc.oneof(fc.float({ min: 0, max: 1 }), fc.double(), fc.constantFrom(0, -0)),
  },
  { requiredKeys: ['id', 'text', 'logit', 'probability'], noNullPrototype: true },
);

let seed = 1;
/** The same numbers in every run, from 0 to 1. */
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
}

/** As many different tokens are in the lists of a layer of GPT-2, of 7,720. */
const DIFFERENT = 2_500;

/** Lists of 20 tokens of a large vocabulary, with logits and probabilities as the lens gives them. */
function readAmong(vocabulary: number): { readonly top: TokenScore[]; readonly bottom: TokenScore[] } {
  const list = (sign: number): TokenScore[] => {
    const logits = Array.from({ length: 20 }, () => Math.fround(sign * 12 * (0.5 + random())));
    return logits
      .sort((a, b) => sign * (b - a))
      .map((logit) => {
        const id = Math.floor(random() * DIFFERENT) * Math.floor(vocabulary / DIFFERENT);
        return { id, text: ` word${id}`, logit, probability: Math.fround(Math.exp(logit - 20) * (1 + 3e-7 * (random() - 0.5))) };
      });
  };
  return { top: list(1), bottom: list(-1) };
}

const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, undefined, true, false),
    number,
    text,
    fc.array(score, { maxLength: 5 }),
    fc.array(fc.array(score, { maxLength: 3 }), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe('answers as columns', () => {
  it('arrive as they were sent, whatever they are made of', () => {
    fc.assert(fc.property(anything, assertArrives), { numRuns: examples(300) });
  });

  it('give back graphs of every kind: of one layer and of all, with effects, interventions, fragments, and two tokens', async () => {
    const all = { from: 0, to: 11 };
    assertArrives(await sampleGraph());
    assertArrives(await sampleGraph({ layers: all }));
    assertArrives(
      await sampleGraph({ layers: { from: 8, to: 11 }, effects: true, position: 3, counts: { tokens: 1, values: 1, heads: 0, bottom: 0 } }),
    );
    const graph = await sampleGraph();
    const fragment = <T extends object>(token: T): T => ({ ...token, fragment: true as const, text: '<0xF0><0x9F>', inPrompt: '🗾¹⁄₂' });
    assertArrives({
      ...graph,
      tokens: graph.tokens.map(fragment),
      interventions: [{ mode: 'zero', component: 'L3', positions: [1, 2] }],
      target: { ...graph.target, against: graph.nodes[3]?.reading?.top[1] },
      nodes: graph.nodes.map((node) => ({
        ...node,
        also: node.reading ? [{ title: 'a → b', norm: 1, reading: node.reading }] : undefined,
      })),
    });
  });

  it('give back comparisons, stories and overviews', async () => {
    const layers = { from: 2, to: 4 };
    const [left, right] = [samplePass(), samplePass({ prompt: 'The capital of France is', seed: 3 })];
    const side = (pass: typeof left) => ({ pass, options: { position: pass.tokens.length - 1, target: null } });
    const options = { layers, counts: DEFAULT_COUNTS, targets: 'own' } as const;
    assertArrives(await comparePasses({ left: side(left), right: side(right) }, options, context));
    const at = { position: 4, target: null };
    assertArrives(await buildStory(left, { ...at, tokens: 5, labelled: 0.6 }, context));
    assertArrives(await buildOverview(left, { ...at, tokens: 10 }, context));
  });

  it('weigh at most 150 kB for one layer of the shape of GPT-2, and 1.5 MB for all twelve', async () => {
    const kilobytes = async (from: number): Promise<number> => {
      const graph = await sampleGraph({ layers: { from, to: 11 }, nHeads: 12 });
      const wide = (node: (typeof graph.nodes)[number]) => ({
        ...node,
        reading: node.reading && { ...node.reading, ...readAmong(50_257) },
      });
      return serialize(pack({ ...graph, nodes: graph.nodes.map(wide) })).length / 1e3;
    };
    const [one, twelve] = [await kilobytes(11), await kilobytes(0)];
    assert.ok(one <= 150 && one > 15, `${one} kB`);
    assert.ok(twelve <= 1500 && twelve > 150, `${twelve} kB`);
  });

  it('are told apart where one id has two texts', () => {
    const [logit, probability] = [1, 0.5];
    assertArrives([
      [{ id: 1, text: 'a', logit, probability }],
      [
        { id: 1, text: 'b', logit, probability },
        { id: 1, text: 'a', fragment: true, logit, probability },
        { id: 1, text: 'b', logit, probability },
      ],
    ]);
  });

  it('are not packed again by whoever hands them on', async () => {
    const graph = await sampleGraph();
    const packed = pack(graph);
    const unpacked = unpackKnown(packed);
    assert.deepEqual(unpacked, graph);
    assert.equal(packedOf(unpacked), packed);
    assert.equal(packedOf(graph), packedOf(graph));
    assert.ok(bytesOf(packed) >= packed.bytes.byteLength);
  });

  it('are made where they are read: long lists, readings and their lists once, when somebody first asks', async () => {
    const graph = sent(await sampleGraph({ layers: { from: 0, to: 11 } }));
    const isRead = (object: object, key: string): boolean => Object.getOwnPropertyDescriptor(object, key)?.get === undefined;
    assert.ok(graph.nodes.length > 1000);
    assert.deepEqual(
      Object.keys(graph).filter((key) => !isRead(graph, key)),
      ['nodes', 'edges'],
    );
    assert.equal(graph.nodes, graph.nodes);
    const [node] = graph.nodes.filter(({ reading }) => reading !== null);
    assert.ok(node?.reading);
    assert.deepEqual(
      Object.keys(node).filter((key) => !isRead(node, key)),
      ['reading'],
    );
    assert.equal(node.reading, node.reading);
    assert.ok(!isRead(node.reading, 'top') && !isRead(node.reading, 'bottom') && isRead(node.reading, 'target'));
    assert.equal(node.reading.top, node.reading.top);
  });

  it('can be cloned, spread and packed like any others', async () => {
    const graph = await sampleGraph({ layers: { from: 10, to: 11 } });
    const unpacked = sent(graph);
    assert.deepStrictEqual(structuredClone(unpacked), graph);
    assert.deepStrictEqual({ ...unpacked }, graph);
    assert.deepStrictEqual(sent(unpacked), graph);
  });

  it('say so where they hold what is no plain data, or are cut off', () => {
    for (const wrong of [() => 1, new Map(), 1n, Symbol('a'), new Date(0), JSON.parse('{"__proto__":1}') as object])
      assert.throws(() => pack({ wrong }), Problem);
    const packed = pack([1.5, 2.5, 'a']);
    assert.throws(() => unpack({ ...packed, bytes: packed.bytes.slice(0, 3) }), Problem);
  });
});
