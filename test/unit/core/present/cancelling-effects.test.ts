import assert from 'node:assert/strict';
import { cancellingChangesNote, cancellingNote, isWrongSign } from '../../../../src/core/present/cancelling-effects';

describe('Effects that say less than they seem to', () => {
  it('are said to cancel where their absolute sum is more than four times what they come to', () => {
    assert.match(cancellingNote([3, -2.5, 0.1, null]) ?? '', /come to \+0\.6, of 5\.6 in all/);
    assert.match(cancellingChangesNote([-3, 2.5]) ?? '', /^Changes of effects nearly cancel: they come to −0\.5, of 5\.5 in all/);
    for (const effects of [[3, -1], [2], [], [1e-7, -1e-7], [null]]) assert.equal(cancellingNote(effects), null, String(effects));
  });

  it('have the wrong sign where estimate and measurement differ in theirs, and both are more than rounding', () => {
    assert.equal(isWrongSign({ estimated: -0.3, measured: 0.2 }), true);
    assert.equal(isWrongSign({ estimated: 0.3, measured: 0.2 }), false);
    assert.equal(isWrongSign({ estimated: -3e-6, measured: 0.2 }), false);
  });
});
