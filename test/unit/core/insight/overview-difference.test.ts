import assert from 'node:assert/strict';
import type { Progress } from '../../../../src/core/call-context';
import type { ComparedPass } from '../../../../src/core/compare/contrast';
import { buildOverview, type Overview } from '../../../../src/core/insight/overview';
import { buildOverviewDifference, type OverviewDifference } from '../../../../src/core/insight/overview-difference';
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

  it('is told in parts, the last layers of both sides first', async () => {
    const parts: OverviewDifference[] = [];
    const listening = { ...QUIET, part: (known: unknown) => void parts.push(known as OverviewDifference) };
    const [left, right] = [side('the city of Tokyo is', 1), side('Tokyo is', 2)];
    const whole = await buildOverviewDifference({ left, right }, { tokens: 3 }, listening);
    const { nLayers } = left.pass.model;
    const layersOf = ({ grid }: Overview) => grid.resid_post.flatMap((cells, layer) => (cells.length > 0 ? [layer] : []));
    assert.deepEqual(layersOf(parts[0].left), [nLayers - 1]);
    for (const [i, { left: l, right: r, ...rest }] of parts.entries()) {
      assert.deepEqual(layersOf(l), layersOf(r));
      assert.ok(i === 0 || layersOf(l).length > layersOf(parts[i - 1].left).length);
      assert.deepEqual(rest, { schema: whole.schema, model: whole.model, tokens: whole.tokens, position: whole.position });
    }
    assert.deepEqual(parts.at(-1)?.right, { ...whole.right, blocks: [] });
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
