import assert from 'node:assert/strict';
import type { Comparison } from '../../src/core/format/comparison';
import { targetLines } from '../../webview/features/compare/outcome';

/** The line of the probability, as it went from one to the other. */
function probabilityLine(before: number, after: number): string {
  const side = (probability: number) => ({ target: { id: 1, text: ' Tokyo', logit: 1, rank: 1, probability } });
  const line = targetLines({ left: side(before), right: side(after) } as unknown as Comparison).find(({ name }) => name === 'probability');
  assert.ok(line);
  return `${line.values.left} → ${line.values.right} ${line.change}`;
}

describe('The change of a probability', () => {
  it('is the difference of the two figures that are shown', () => {
    assert.equal(probabilityLine(0.8549, 0.6551), '85% → 66% −19 pp');
    assert.equal(probabilityLine(0.854, 0.596), '85% → 60% −25 pp');
    assert.equal(probabilityLine(0.032, 0.047), '3.2% → 4.7% +1.5 pp');
    assert.equal(probabilityLine(0.5, 0.5), '50% → 50% 0 pp');
  });
});
