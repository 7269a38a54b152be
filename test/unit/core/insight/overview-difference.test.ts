import assert from 'node:assert/strict';
import type { Progress } from '../../../../src/core/call-context';
import type { ComparedPass } from '../../../../src/core/compare/contrast';
import { buildOverview } from '../../../../src/core/insight/overview';
import { buildOverviewDifference } from '../../../../src/core/insight/overview-difference';
import { FakePass } from '../../../support/fake-pass';

function side(prompt: string, seed: number): ComparedPass {
  const pass = new FakePass(prompt, [], { seed });
  return { pass, options: { position: pass.tokens.length - 1, target: null } };
}

const QUIET = { signal: { aborted: false }, report: () => undefined };

describe('The overview of a comparison', () => {
  it('is the overview of each side as it is by itself, with the tokens that stand for each other', async () => {
    const [left, right] = [side('the city of Tokyo is', 1), side('Tokyo is', 2)];
    const found = await buildOverviewDifference({ left, right }, { tokens: 3 }, QUIET);
    for (const [name, of] of [
      ['left', left],
      ['right', right],
    ] as const)
      assert.deepEqual(found[name], await buildOverview(of.pass, { ...of.options, tokens: 3 }, QUIET));
    const at = (name: 'left' | 'right') => found.tokens.flatMap((pair) => (pair[name] === null ? [] : [pair[name]]));
    assert.deepEqual([at('left'), at('right')], [left.pass.tokens.map((_, p) => p), right.pass.tokens.map((_, p) => p)]);
    assert.equal(found.tokens[found.position]?.left, found.left.position);
  });

  it('reports one progress over both passes', async () => {
    const told: Progress[] = [];
    const context = { signal: { aborted: false }, report: (progress: Progress) => told.push(progress) };
    await buildOverviewDifference({ left: side('a b', 1), right: side('a c', 2) }, { tokens: 3 }, context);
    const parts = told.map(({ done, total }) => done / (total ?? NaN));
    assert.deepEqual(
      parts,
      [...parts].sort((a, b) => a - b),
    );
    assert.ok((parts.at(-1) ?? 0) > 0.5 && (parts.at(-1) ?? 2) <= 1);
  });
});
