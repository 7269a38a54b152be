import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FlowEdge, FlowGraph } from '../../src/core/format/flow-graph';
import { nodeKindSchema } from '../../src/core/format/flow-graph';
import { contrast, mix, parseColour, readableOn, toHex, toLab, type Rgb } from '../../webview/lib/colour/colour';
import { edgeStyle, EDGE_WIDTH, heaviestByKind } from '../../webview/lib/colour/edge-style';
import { familyOf, PALETTES, sample, type ThemeKind } from '../../webview/lib/colour/palettes';
import { COLOUR_BY, rankAxis, scaleOf } from '../../webview/lib/colour/scales';
import { formatCount, formatNumber, formatProbability, formatRank, formatSigned } from '../../webview/lib/format/number';
import { ticksWithRoom } from '../../webview/parts/scale-bar';
import { sampleGraph } from './sample-graph';

const themes = Object.keys(PALETTES) as ThemeKind[];
const rgb = (hex: string): Rgb => parseColour(hex) ?? assert.fail(hex);
const lightness = (colour: Rgb) => toLab(colour)[0];
const steps = Array.from({ length: 101 }, (_, i) => i / 100);
const BACKGROUNDS: Readonly<Record<ThemeKind, string>> = {
  light: '#ffffff',
  dark: '#1f1f1f',
  'high-contrast': '#000000',
  'high-contrast-light': '#ffffff',
};

/** What a person without one kind of cone sees (Viénot, Brettel & Mollon 1999), on linear light. */
const BLINDNESS: readonly (readonly (readonly number[])[])[] = [
  [
    [0.11238, 0.88762, 0],
    [0.11238, 0.88762, 0],
    [0.00401, -0.00401, 1],
  ],
  [
    [0.29275, 0.70725, 0],
    [0.29275, 0.70725, 0],
    [-0.02234, 0.02234, 1],
  ],
];
function seenBy(matrix: readonly (readonly number[])[], { r, g, b }: Rgb): Rgb {
  const light = [r, g, b].map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const [x, y, z] = matrix
    .map((row) => row.reduce((sum, part, i) => sum + part * light[i], 0))
    .map((c) => Math.min(1, Math.max(0, c)) ** (1 / 2.2));
  return { r: x, g: y, b: z };
}
function difference(one: Rgb, other: Rgb): number {
  const [a, b] = [toLab(one), toLab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

describe('Palettes', () => {
  for (const theme of themes) {
    const { sequential, diverging, edges, families } = PALETTES[theme];

    it(`run evenly through lightness in ${theme}, so that no colour blindness hides the order`, () => {
      const ramp = steps.map((t) => lightness(sample(sequential, t)));
      const up = ramp[100] > ramp[0];
      for (let i = 1; i < ramp.length; i++) assert.ok(up ? ramp[i] > ramp[i - 1] : ramp[i] < ramp[i - 1], `step ${i}`);
      const half = (from: number, to: number) => Math.sign(lightness(sample(diverging, to)) - lightness(sample(diverging, from)));
      for (let t = 0.5; t < 0.99; t += 0.02) {
        assert.equal(half(t, t + 0.02), half(0.5, 1), `positive side at ${t}`);
        assert.equal(half(1 - t, 1 - t - 0.02), half(0.5, 0), `negative side at ${t}`);
      }
    });

    it(`carry text of contrast 4.5 or more everywhere in ${theme}`, () => {
      for (const stops of [sequential, diverging]) {
        for (const t of steps) {
          const fill = sample(stops, t);
          assert.ok(contrast(fill, rgb(readableOn(fill))) >= 4.5, toHex(fill));
        }
      }
    });

    it(`tell positive from negative in ${theme} with red or green cones missing`, () => {
      for (const matrix of BLINDNESS) {
        assert.ok(difference(seenBy(matrix, rgb(edges.positive)), seenBy(matrix, rgb(edges.negative))) > 0.12);
        assert.ok(difference(seenBy(matrix, sample(diverging, 0)), seenBy(matrix, sample(diverging, 1))) > 0.12);
      }
    });

    it(`have lines and stripes that are seen on the background of ${theme}`, () => {
      for (const [name, colour] of [...Object.entries<string>({ ...edges }), ...Object.entries(families)]) {
        assert.ok(contrast(rgb(colour), rgb(BACKGROUNDS[theme])) >= 2.5, `${name} ${colour}`);
      }
    });
  }

  it('know the family of every kind of node', () => {
    for (const kind of nodeKindSchema.options) assert.ok(familyOf(kind));
  });
});

describe('Colours', () => {
  it('are read as CSS writes them', () => {
    assert.equal(toHex(rgb('#abc')), '#aabbcc');
    assert.equal(toHex(rgb('#a1b2c3')), '#a1b2c3');
    assert.equal(toHex(rgb('rgba(161, 178, 195, 0.5)')), '#a1b2c3');
    assert.equal(parseColour('var(--x)'), null);
  });

  it('mix from one end to the other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffff }), fc.integer({ min: 0, max: 0xffffff }), (a, b) => {
        const [from, to] = [a, b].map((n) => `#${n.toString(16).padStart(6, '0')}`) as [string, string];
        assert.equal(toHex(mix(rgb(from), rgb(to), 0)), from);
        assert.equal(toHex(mix(rgb(from), rgb(to), 1)), to);
      }),
    );
  });

  it('always have a readable text colour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffff }), (n) => {
        const fill = rgb(`#${n.toString(16).padStart(6, '0')}`);
        assert.ok(contrast(fill, rgb(readableOn(fill))) >= 4.5);
      }),
    );
  });
});

describe('Scales', () => {
  let graph: FlowGraph;
  before(async () => {
    graph = await sampleGraph({ nLayers: 2, effects: true });
  });

  for (const by of COLOUR_BY) {
    it(`place every node of a graph between the ends by ${by}`, () => {
      const scale = scaleOf(graph, by);
      for (const item of [...graph.nodes, ...graph.stream]) {
        const place = scale.place(item);
        assert.ok(place === null || (place >= 0 && place <= 1), `${place}`);
      }
      const places = scale.ticks.map(({ at }) => at);
      assert.deepEqual(
        places,
        [...places].sort((a, b) => a - b),
      );
      assert.ok(places.every((at) => at >= 0 && at <= 1));
    });
  }

  it('put the first rank and certainty at the strong end', () => {
    const reading = { top: [], bottom: [], target: { logit: 0, probability: 1, rank: 1 }, entropy: 0 };
    assert.equal(scaleOf(graph, 'rank').place({ reading, norm: 1 }), 1);
    assert.equal(scaleOf(graph, 'entropy').place({ reading, norm: 1 }), 1);
  });

  it('put no effect in the middle, the largest of a component at an end, and have no place for what has none', () => {
    const scale = scaleOf(graph, 'effect');
    const of = (value: number) => scale.place({ reading: null, norm: 1, effect: { value, how: 'estimated' } });
    const most = Math.max(...graph.nodes.filter(({ kind }) => !kind.startsWith('resid')).map(({ effect }) => Math.abs(effect?.value ?? 0)));
    assert.deepEqual([of(0), of(most), of(-most), of(-2 * most)], [0.5, 1, 0, 0]);
    assert.equal(scale.place({ reading: null, norm: 1, share: 1 }), null);
  });

  it('have nothing but a middle where every effect or share is 0, and no ticks until effects are estimated', () => {
    const nodes = graph.nodes.map((node) => ({ ...node, share: 0, effect: { value: 0, how: 'estimated' as const } }));
    for (const by of ['effect', 'share'] as const) {
      const scale = scaleOf({ ...graph, nodes }, by);
      assert.deepEqual(scale.ticks, [{ at: 0.5, label: '0' }]);
      assert.deepEqual([...new Set(nodes.map((node) => scale.place(node)))], [0.5]);
    }
    const { effects: _, ...plain } = graph;
    const awaited = scaleOf(plain, 'effect');
    assert.match(awaited.title, /: not estimated yet$/);
    assert.deepEqual([awaited.ticks, awaited.place({ reading: null, norm: 1 })], [[], null]);
  });

  it('put no share in the middle, and have no place for what is no summand', () => {
    const scale = scaleOf(graph, 'share');
    assert.equal(scale.place({ reading: null, norm: 1, share: 0 }), 0.5);
    assert.equal(scale.place({ reading: null, norm: 1 }), null);
    const components = graph.nodes.filter(({ kind }) => !kind.startsWith('resid_')).map((node) => node.share ?? 0);
    const most = Math.max(...components.map(Math.abs));
    const [low, high] = [-most, most].map((share) => scale.place({ reading: null, norm: 1, share }) ?? NaN);
    assert.ok(Math.abs(low) < 1e-9 && Math.abs(high - 1) < 1e-9, 'the largest component is at the end');
    assert.equal(scale.place({ reading: null, norm: 1, share: 100 * most }), 1, 'a sum of many is not beyond it');
  });
});

describe('Edges', () => {
  const edge = (change: Partial<FlowEdge>): FlowEdge => ({
    id: 'e',
    from: 'a',
    to: 'b',
    kind: 'coefficient',
    weight: 1,
    sign: 1,
    ...change,
  });
  const { edges: colours } = PALETTES.dark;

  it('are as wide as the root of their weight, each kind on its own scale', () => {
    const list = [edge({ weight: 4 }), edge({ weight: 1 }), edge({ kind: 'norm', weight: 100 }), edge({ weight: 0 })];
    const heaviest = heaviestByKind(list);
    assert.deepEqual(
      list.map((item) => edgeStyle(item, heaviest, colours).width),
      [EDGE_WIDTH.most, EDGE_WIDTH.most / 2, EDGE_WIDTH.most, EDGE_WIDTH.least],
    );
  });

  it('tell a negative coefficient by colour and by dashes', () => {
    const [plus, minus] = [edge({}), edge({ sign: -1 })].map((item) => edgeStyle(item, new Map(), colours));
    assert.notEqual(plus.colour, minus.colour);
    assert.deepEqual([plus.dashed, minus.dashed], [false, true]);
  });

  it('fade with the attention probability', () => {
    const opacity = (attention: number) => edgeStyle(edge({ kind: 'attention', attention }), new Map(), colours).opacity;
    assert.ok(opacity(0.9) > opacity(0.5) && opacity(0.5) > opacity(0));
  });
});

describe('Numbers', () => {
  it('are short and have their sign', () => {
    assert.deepEqual([0, 1, 0.01234, 4.5678, 123.4, 12345.6, -1.5, -0.00001234, 1234567].map(formatNumber), [
      '0',
      '1',
      '0.0123',
      '4.57',
      '123',
      '12,346',
      '−1.5',
      '−1.2e−5',
      '1.2e6',
    ]);
    assert.deepEqual([0.5, -0.5, 0].map(formatSigned), ['+0.5', '−0.5', '0']);
    assert.deepEqual([1, 999, 1000, 50257].map(formatCount), ['1', '999', '1k', '50.3k']);
    assert.deepEqual([1, 12034].map(formatRank), ['#1', '#12,034']);
  });

  it('never round a probability to what it is not', () => {
    assert.deepEqual([0, 1e-9, 0.0012, 0.034, 0.344, 0.99999, 1].map(formatProbability), [
      '0%',
      '<0.01%',
      '0.12%',
      '3.4%',
      '34%',
      '>99.9%',
      '100%',
    ]);
  });
});

describe('The ticks of a scale', () => {
  it('never overlap, and keep the ends', () => {
    for (const vocabSize of [2, 50, 4096, 49_152, 50_257, 262_144]) {
      const { ticks } = rankAxis(vocabSize);
      const shown = ticksWithRoom(ticks);
      assert.deepEqual([shown[0], shown.at(-1)], [ticks[0], ticks.at(-1)]);
      // On a ramp 112 pixels wide: the first label begins at its end, the last ends there, the others are centred.
      const spans = shown.map(({ at, label }, i): readonly [number, number] => {
        const width = label.length * 6.6;
        const from = at * 112 - (i === 0 ? 0 : i === shown.length - 1 ? width : width / 2);
        return [from, from + width];
      });
      spans
        .slice(1)
        .forEach(([from], i) => assert.ok(from > (spans[i]?.[1] ?? 0), `${vocabSize}: ${shown.map(({ label }) => label).join(' ')}`));
    }
  });
});
