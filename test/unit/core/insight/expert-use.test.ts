import assert from 'node:assert/strict';
import { expertUseTable } from '../../../../src/cli/output/expert-use-table';
import { surveyExperts } from '../../../../src/core/insight/expert-use';
import { expertUseCsv } from '../../../../src/core/insight/expert-use-csv';
import type { BlockRouting } from '../../../../src/core/pass/block-state';
import type { InspectablePass } from '../../../../src/core/pass/inspectable-pass';
import { FakePass } from '../../../support/fake-pass';
import { rejects } from '../../../support/rejects';

const idle = { signal: { aborted: false }, report: () => undefined };

/** Four experts, of which layer 1 sends even tokens to 0 and 1, odd ones to 0 and 2. */
const model = { ...new FakePass().model, experts: { count: 4, chosen: 2, dMlp: 5, layers: [1] } };

const chosenAt = (position: number) => [
  { expert: 0, weight: 0.6 },
  { expert: 1 + (position % 2), weight: 0.2 },
];

/** A pass whose tokens go where `chosenAt` says. */
function routed(prompt: string): InspectablePass {
  const pass = new FakePass(prompt);
  return Object.assign(pass, {
    routing: async (layer: number): Promise<BlockRouting> => {
      assert.equal(layer, 1);
      return {
        probabilities: Float32Array.from(pass.tokens.flatMap(() => [0.5, 0.25, 0.25, 0])),
        chosen: pass.tokens.map((_, position) => chosenAt(position)),
      };
    },
  });
}

const forward = async (prompt: string) => routed(prompt);

describe('the use of experts', () => {
  it('is counted over all tokens of all prompts, compared with even use, most used first', async () => {
    const use = await surveyExperts(model, ['a b c', 'd e f g h'], { tokens: 2 }, forward, idle);
    assert.deepEqual([use.prompts, use.positions, use.chosen, use.layers.length], [2, 8, 2, 1]);
    const [{ layer, effective, experts }] = use.layers;
    assert.deepEqual([layer, experts.map(({ expert }) => expert)], [1, [0, 1, 2, 3]]);
    assert.deepEqual(
      experts.map(({ count, share, timesEven, probability }) => [count, share, timesEven, probability]),
      [
        [8, 1, 2, 0.5],
        [5, 0.625, 1.25, 0.25],
        [3, 0.375, 0.75, 0.25],
        [0, 0, 0, 0],
      ],
    );
    assert.deepEqual(
      experts.map(({ weight }) => weight?.toFixed(6)),
      ['0.600000', '0.200000', '0.200000', undefined],
    );
    const bits = [8, 5, 3].reduce((sum, n) => sum - (n / 16) * Math.log2(n / 16), 0);
    assert(Math.abs(effective - 2 ** bits) < 1e-12);
    // Both prompts have the tokens 0, 1 and 2; the second one 3 and 4 beside.
    assert.deepEqual(
      experts[1].tokens.map(({ id, count, of }) => [id, count, of]),
      [
        [0, 2, 2],
        [2, 2, 2],
      ],
    );
  });

  it('is a line for each expert as CSV, without a weight where an expert is never chosen', async () => {
    const use = await surveyExperts(model, ['a b'], { tokens: 1 }, forward, idle);
    const lines = expertUseCsv(use).trimEnd().split('\r\n');
    assert.equal(lines.length, 5);
    assert.match(lines[4] ?? '', /^1,3,0,0,0,,0,$/);
  });

  it('is of scores, not of probabilities, where a router scores experts by sigmoids', async () => {
    const use = await surveyExperts(model, ['a b'], { tokens: 1 }, forward, idle);
    const scored = { ...use, model: { ...model, experts: { ...model.experts, scores: 'sigmoid' as const } } };
    const headings = (survey: typeof use) => [expertUseCsv(survey).split('\r\n')[0] ?? '', expertUseTable(survey, 3).split('\n')[1] ?? ''];
    for (const heading of headings(use)) assert.match(heading, /weight[, ] *probability[, ]/);
    for (const heading of headings(scored)) assert.match(heading, /weight[, ] *score[, ]/);
  });

  it('is refused for a dense model, and ends where it is cancelled', async () => {
    await rejects(surveyExperts(new FakePass().model, ['a'], { tokens: 1 }, forward, idle), 'bad-request', /not a mixture of experts/);
    await rejects(surveyExperts(model, ['a'], { tokens: 1 }, forward, { ...idle, signal: { aborted: true } }), 'cancelled');
  });
});
