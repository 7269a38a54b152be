import assert from 'node:assert/strict';
import type { Hop } from '../../../../src/core/insight/hops';
import type { Story, StoryRead } from '../../../../src/core/insight/story';
import { foldedText } from '../../../../src/core/present/story-columns';
import { STORY_FONTS, type MeasureText } from '../../../../src/core/present/story-dots';
import { itemsOf, layoutStory, type StoryLayout } from '../../../../src/core/present/story-layout';
import { routeThrough } from '../../../../src/core/present/story-route';

const WIDTHS = [321, 461, 621, 771, 1500];
const DEPTHS = [1, 8, 12, 18, 30, 80];

const measure: MeasureText = (text, font) => text.length * STORY_FONTS[font].size * 0.6;

/** A pass of so many layers and tokens in which reads of every size, for and against, lie at many places. */
function someStory(nLayers: number, nTokens: number): Story {
  const token = (id: number) => ({ id, text: ` token${id}`, logit: 1, probability: 0.1 });
  const reads = Array.from({ length: 3 * nLayers }, (_, i): StoryRead => {
    const share = (i % 3 === 0 ? -1 : 1) * (5 / (1 + i));
    const heads = [{ head: i % 4, attention: 0.5, share }];
    return { layer: (7 * i) % nLayers, source: (5 * i) % nTokens, share, heads, otherHeads: 0, writes: [token(i)] };
  });
  return {
    schema: 'visit.story/1',
    model: { nHeads: 4 } as Story['model'],
    prompt: '',
    tokens: Array.from({ length: nTokens }, (_, i) => ({ id: i, text: ` word${i}`, start: i, end: i + 1 })),
    position: nTokens - 1,
    target: { ...token(0), rank: 1 } as unknown as Story['target'],
    predictions: [token(0)],
    layers: Array.from({ length: nLayers }, (_, layer) => ({
      layer,
      says: token(layer),
      target: { logit: 1, probability: 0.1, rank: 2 },
      attention: layer % 2 ? 1 : -1,
      mlp: layer % 3 ? 0.5 : -0.5,
    })),
    leadsFrom: null,
    reads,
    attention: { absolute: reads.reduce((sum, { share }) => sum + Math.abs(share), 0), count: reads.length, onFirst: 0, bySource: [] },
    embedding: 0,
    normBias: 0,
  };
}

describe('The map of a story', () => {
  const drawn: { readonly layout: StoryLayout; readonly story: Story; readonly width: number }[] = [];

  before(() => {
    for (const depth of DEPTHS)
      for (const tokens of [1, 2, 8, 40, 500]) {
        const story = someStory(depth, tokens);
        for (const width of WIDTHS) drawn.push({ layout: layoutStory(story, { width, height: 600 }, 0.9, measure), story, width });
      }
  });

  function everyLayout(check: (layout: StoryLayout, story: Story, width: number) => void): void {
    for (const { layout, story, width } of drawn) check(layout, story, width);
  }

  it('has every layer in one row, the last on top, no row lower than 13 pixels or over another', () => {
    everyLayout(({ rows, folds, height, prompt }, { layers }) => {
      assert.deepEqual(
        rows.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => last - i)),
        layers.map(({ layer }) => layer).reverse(),
      );
      let end = 0;
      for (const row of rows) {
        assert.ok(row.height >= 13);
        assert.equal(row.y, end);
        end += row.height;
      }
      assert.deepEqual([prompt.top, height], [end, end + prompt.height]);
      assert.equal(folds.length, rows.filter(({ first, last }) => first !== last).length);
    });
  });

  it('writes no text smaller than 11 pixels', () => {
    for (const { size } of Object.values(STORY_FONTS)) assert.ok(size >= 11);
  });

  it('has a place for every token, alone or in a folded run, and all columns fit', () => {
    everyLayout(({ columns, stream }, { tokens }) => {
      assert.deepEqual(
        columns.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
        tokens.map((_, i) => i),
      );
      for (const { x, width } of columns)
        assert.ok(x - width / 2 >= 0 && x + width / 2 <= stream.left, `${x} ± ${width / 2} of ${stream.left}`);
    });
  });

  it('keeps stream and bars within its width', () => {
    everyLayout(({ stream, bars }, _, width) => {
      assert.ok(stream.left > 0 && stream.left + stream.width <= bars.left);
      assert.ok(bars.left + bars.width <= width + 1e-9);
      assert.ok(bars.zero >= bars.left && bars.zero <= bars.left + bars.width);
    });
  });

  it('writes labels over no dot and no other label of their row', () => {
    everyLayout(({ dots, stream }) => {
      for (const { label, read, y } of dots) {
        if (label === null) continue;
        assert.ok(label.x >= 0 && label.x + label.width <= stream.left);
        for (const other of dots) {
          if (other.y !== y || other.read === read) continue;
          const overDot = label.x < other.x + other.radius && other.x - other.radius < label.x + label.width;
          const overLabel = other.label !== null && label.x < other.label.x + other.label.width && other.label.x < label.x + label.width;
          assert.ok(!overDot && !overLabel);
        }
      }
    });
  });

  it('draws the strongest reads that reach the part asked for, and labels the strongest where there is room', () => {
    const story = someStory(30, 8);
    const few = layoutStory(story, { width: 621, height: 600 }, 0.3, measure);
    const many = layoutStory(story, { width: 621, height: 600 }, 0.9, measure);
    assert.ok(few.dots.length < many.dots.length);
    assert.deepEqual(
      few.dots.map(({ read }) => read),
      story.reads.slice(0, few.dots.length),
    );
    assert.notEqual(few.dots[0]?.label, null);
  });

  it('has the token under study alone, where there is room beside the two that are read most', () => {
    for (const width of [461, 621, 771, 1500]) {
      const story = someStory(30, 118);
      const layout = layoutStory(story, { width, height: 600 }, 0.6, measure);
      const alone = (position: number) => layout.columns.some(({ first, last }) => first === position && last === position);
      assert.ok(alone(story.position), `at ${width} pixels`);
      const [most, next] = new Set(story.reads.map(({ source }) => source));
      for (const source of [most, next]) assert.ok(source !== undefined && alone(source), `token ${source} at ${width} pixels`);
    }
  });

  it('writes the two tokens out that are read most, from 461 pixels on, and cuts no count of folded ones', () => {
    everyLayout(({ columns }, { tokens, reads }, width) => {
      for (const column of columns)
        if (column.first !== column.last)
          assert.ok(measure(foldedText(column), 'figure') <= column.width, `${foldedText(column)} at ${width} pixels`);
      if (width < 461) return;
      for (const source of [...new Set(reads.map((read) => read.source))].slice(0, 2)) {
        const column = columns.find(({ first, last }) => first === source && last === source);
        const text = `·${tokens[source]?.text.trim()}`;
        assert.ok(column && measure(text, 'stream') + 8 <= column.width, `${text} at ${width} pixels`);
      }
    });
  });

  it('keeps the column of the strongest read where there is room for a few only', () => {
    const story = someStory(8, 500);
    const { columns } = layoutStory(story, { width: 321, height: 600 }, 0.9, measure);
    const source = story.reads[0]?.source ?? -1;
    assert.ok(columns.some(({ first, last }) => first === source && last === source));
  });

  it('draws hops from the token that is read to the one that reads, up to what reads it, and prunes them with the reads they lead to', () => {
    const story = someStory(12, 8);
    const [read] = story.reads;
    assert.ok(read);
    const to = { ...read, layer: 9, source: 5 };
    const hop = (layer: number, position: number, source: number, effect: number): Hop => ({ layer, position, source, effect, heads: [] });
    const hops = [hop(6, 5, 3, 2), hop(4, 3, 2, -1), hop(7, 4, 2, 0.9), hop(10, 5, 2, 0.8)];
    const told: Story = { ...story, reads: [to], attention: { ...story.attention, absolute: Math.abs(to.share) }, hops };
    const { lines, dots, columns } = layoutStory(told, { width: 771, height: 600 }, 0.9, measure);
    // The third leads to nothing that is drawn, and the fourth comes after what reads its token.
    assert.deepEqual(
      lines.map((line) => line.hop),
      hops.slice(0, 2),
    );
    const [first, second] = lines;
    assert.ok(first && second && dots[0]);
    assert.deepEqual([first.x, first.toX], [columns[3]?.x, columns[5]?.x]);
    assert.equal(first.toY, dots[0].y + dots[0].radius);
    assert.equal(second.toX, first.x);
    assert.ok(second.toY > first.y && second.y > second.toY);
    // What is pointed at goes together with what it leads to, and what leads to it: the read, and both hops.
    const two = {
      ...told,
      reads: [to, { ...to, layer: 5, source: 6 }],
      attention: { ...told.attention, absolute: 2 * Math.abs(to.share) },
    };
    const items = itemsOf(layoutStory(two, { width: 771, height: 600 }, 1, measure));
    assert.deepEqual([...routeThrough(items, 0)].toSorted(), [0, 2, 3]);
    assert.deepEqual([...routeThrough(items, 3)].toSorted(), [0, 2, 3]);
    assert.deepEqual([...routeThrough(items, 1)], [1]);
    assert.deepEqual(layoutStory({ ...told, reads: [] }, { width: 771, height: 600 }, 0.9, measure).lines, []);
    assert.equal(layoutStory(told, { width: 771, height: 600 }, 0.5, measure).lines.length, 1);
  });
});
