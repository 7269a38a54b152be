import assert from 'node:assert/strict';
import { compareLenses, readBorders, type LensLists } from '../../../../src/core/insight/lens-difference';
import { samplePass } from '../../../webview/sample-graph';

const QUIET = { signal: { aborted: false }, report: () => undefined };

describe('What two lenses read differently', () => {
  const pass = samplePass({});
  const reversed = (lists: LensLists): LensLists => lists.map((border) => border.map((list) => list.toReversed()));

  it('lists the stream at every border and position', async () => {
    const lists = await readBorders(pass, 3, QUIET);
    assert.deepEqual([lists.length, lists[0]?.length, lists[0]?.[0]?.length], [pass.model.nLayers + 1, pass.tokens.length, 3]);
  });

  it('is what the one lists and the other does not, and the other way round; nothing where both list the same in another order', async () => {
    const lists = await readBorders(pass, 3, QUIET);
    const [cell] = lists[1] ?? [];
    assert.ok(cell);
    const [first, second, third] = cell;
    const [other] = (await readBorders(pass, 4, QUIET))[1]?.[0]?.slice(3) ?? [];
    assert.ok(first && second && third && other);
    const changed = lists.map((border, b) => border.map((list, p) => (b === 1 && p === 0 ? [second, other, first] : list.toReversed())));
    const {
      cells,
      listed,
      other: lens,
    } = compareLenses(pass, lists, {
      lens: { kind: 'fitted', name: 'mine' },
      lists: changed,
    });
    assert.deepEqual([listed, lens?.name], [3, 'mine']);
    assert.deepEqual(cells[1]?.[0], { first, otherFirst: second, only: [third], otherOnly: [other] });
    assert.ok(cells.flat().every((each) => each.only.length === each.otherOnly.length));
    const [same] = compareLenses(pass, lists, { lens: undefined, lists: reversed(lists) }).cells.flat();
    assert.deepEqual([same?.only, same?.otherOnly, same?.otherFirst], [[], [], lists[0]?.[0]?.[2]]);
  });

  it('stops when it is cancelled', async () => {
    await assert.rejects(readBorders(pass, 3, { ...QUIET, signal: { aborted: true } }), { code: 'cancelled' });
  });
});
