import assert from 'node:assert/strict';
import { foldedRows } from '../../../../src/cli/output/folded-rows';
import { storyTable } from '../../../../src/cli/output/story-table';
import { addedBy, quietRuns, rowsOf } from '../../../../src/core/present/story-rows';
import { storySvg } from '../../../../src/export/drawings';
import { deepStory } from '../../../support/deep-story';

const NONE: ReadonlySet<number> = new Set();
const busyOf = ({ reads }: ReturnType<typeof deepStory>): ReadonlySet<number> => new Set(reads.slice(0, 10).map(({ layer }) => layer));

describe('Layers in which nothing is drawn', () => {
  it('are a run from five on, of which none has a read, adds much or is told of', () => {
    const story = deepStory(80);
    const busy = busyOf(story);
    const runs = quietRuns(story, busy);
    assert.ok(runs.length > 0);
    const most = Math.max(...story.layers.flatMap(({ attention = 0, mlp = 0 }) => [Math.abs(attention), Math.abs(mlp)]));
    for (const { first, last } of runs) {
      assert.ok(last - first >= 4);
      for (const { layer, attention = 0, mlp = 0 } of story.layers.slice(first, last + 1)) {
        assert.ok(!busy.has(layer) && layer !== story.leadsFrom && layer !== 79);
        assert.ok(Math.max(Math.abs(attention), Math.abs(mlp)) < most / 10);
      }
    }
  });

  it('keep a row each where all have room, at 30 and at 80 layers', () => {
    for (const nLayers of [30, 80]) {
      const { rows, folds } = rowsOf(deepStory(nLayers), 13 * nLayers, NONE, NONE);
      assert.deepEqual([rows.length, folds.length], [nLayers, 0]);
    }
  });

  it('share one row where they have no room, which leaves more to the others, and what all rows add stays the same', () => {
    for (const nLayers of [30, 80]) {
      const story = deepStory(nLayers);
      const { rows, folds, rowHeight, bottom } = rowsOf(story, 360, busyOf(story), NONE);
      assert.ok(folds.length > 0 && rows.length < nLayers);
      assert.ok(bottom <= 360 && rowHeight >= 13, `${bottom} px of rows of ${rowHeight}`);
      const sum = (of: readonly { readonly first: number; readonly last: number }[]): number =>
        of.map((row) => addedBy(story, row)).reduce((total, { attention, mlp }) => total + attention + mlp, 0);
      assert.ok(Math.abs(sum(rows) - sum([{ first: 0, last: nLayers - 1 }])) < 1e-9);
    }
  });

  it('are folded only as far as room is missing: the last of them have a row each that can well be read', () => {
    const story = deepStory(30);
    const busy = busyOf(story);
    const [most] = quietRuns(story, busy);
    assert.ok(most && most.last - most.first > 10);
    const folded = [200, 280, 360].map((room) => {
      const { rows, folds, rowHeight, bottom } = rowsOf(story, room, busy, NONE);
      assert.ok(bottom <= room && rowHeight >= 13, `${bottom} of ${room} px, rows of ${rowHeight}`);
      // What is left would not do for another row of that kind, unless as much as may be is open.
      const longest = Math.max(...folds.map(({ first, last }) => last - first + 1));
      assert.ok(rowHeight < 24 || longest === 5, `rows of ${rowHeight} px beside a run of ${longest}`);
      assert.equal(
        rows.reduce((sum, { first, last }) => sum + last - first + 1, 0),
        30,
      );
      return folds.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    });
    assert.ok(folded[0] > folded[1] && folded[1] >= folded[2], JSON.stringify(folded));
  });

  it('have a row each again once one of them is opened, below the line that folds them', () => {
    const story = deepStory(80);
    const [fold] = rowsOf(story, 360, busyOf(story), NONE).folds;
    assert.ok(fold);
    const { rows, folds } = rowsOf(story, 360, busyOf(story), new Set([fold.first]));
    const opened = folds.find(({ first }) => first === fold.first);
    assert.equal(opened?.open, true);
    const own = rows.filter(({ first, last }) => first >= fold.first && last <= fold.last);
    assert.equal(own.length, fold.last - fold.first + 1);
    assert.equal(own[0]?.y, opened.y + opened.height);
  });

  it('are one line of the text and one row of the SVG, with range and count', () => {
    const story = deepStory(80);
    const line = storyTable(story)
      .split('\n')
      .find((each) => /\d+–\d+/.test(each));
    assert.match(line ?? '', /^\d+–\d+ .* \d+ layers that each add little$/);
    assert.match(storySvg(story, 'light'), /\d+–\d+: \d+ layers that each add little/);
    // A text of few layers has them all.
    const few = deepStory(30);
    assert.equal(foldedRows(few, []).length, 30);
    assert.doesNotMatch(storySvg(few, 'light'), /layers that each add little/);
  });
});
