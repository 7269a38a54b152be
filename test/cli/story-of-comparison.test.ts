import assert from 'node:assert/strict';
import type { DifferenceCause } from '../../src/core/insight/difference-causes';
import type { StoryDifference } from '../../src/core/insight/story-difference';
import { readSvg } from '../support/svg';
import { visit } from '../support/visit';

const JAPAN = 'The capital of Japan is the city of';
const TWO = ['compare', '--prompt', JAPAN, '--prompt', 'The capital of France is the city of', '--story'];

describe('visit compare --story', () => {
  it('says both answers, what parts them, and what the second says with a part of the first', async () => {
    const { code, stdout, stderr } = await visit([...TWO, '--format', 'table']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^A .*·Tokyo \d+%/m);
    assert.match(stdout, /^B .*·Paris \d+%/m);
    assert.match(stdout, /They say different tokens from .* reads? ‘·Japan’ in A and ‘·France’ in B, \+\d/);
    assert.match(
      stdout,
      /Each part is tried in B as it is in A\.\n1\. .*‘·Japan’ in A and ‘·France’ in B.* ‘·Paris’ \d+.% → .* and ‘·Tokyo’ leads at/,
    );
  });

  it('has a cause whose value from the first prompt takes the second answer over to the first one', async () => {
    const { stdout } = await visit([...TWO, '--format', 'json']);
    const { left, right, causes, contrast } = JSON.parse(stdout) as StoryDifference & { causes: readonly DifferenceCause[] };
    const [first] = causes;
    assert.ok(first);
    assert.equal(first.moved.predicts.id, left.target.id);
    assert.ok(first.moved.probability.right < right.target.probability / 2);
    assert.ok(first.moved.contrast < contrast.right);
  });

  it('tells of a change to the model what it changed, before and after', async () => {
    const { code, stdout, stderr } = await visit([
      'compare',
      '--prompt',
      JAPAN,
      '--ablate',
      'blocks.3.attn.head.3',
      '--story',
      '--format',
      'table',
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Before .*·Tokyo/m);
    assert.match(stdout, /Each part is tried as it was before\.\n1\. .*(?:‘·Tokyo’ \d+.% → |No change)/);
  });

  it('draws the map with both prompts under it', async () => {
    const { stdout } = await visit([...TWO, '--format', 'svg']);
    const { texts } = readSvg(stdout);
    for (const text of ['·Japan', '·France', '·Tokyo', '·Paris'])
      assert.ok(
        texts.some((one) => one.includes(text)),
        text,
      );
  });

  it('makes a page that opens on it, with every cause that was measured', async () => {
    const { code, stdout, stderr } = await visit([...TWO, '--format', 'html']);
    assert.equal(code, 0, stderr);
    const held = (id: string): unknown => JSON.parse(new RegExp(`id="${id}">([^]*?)</script>`).exec(stdout)?.[1] ?? 'null');
    const insights = held('visit-insights') as readonly { readonly request: { readonly of: string } }[];
    const count = (of: string): number => insights.filter(({ request }) => request.of === of).length;
    assert.deepEqual([count('storyDifference'), count('differenceCauses')], [1, 1]);
    assert.ok(count('checkDifference') >= 5);
    assert.deepEqual((held('visit-view') as { readonly compare: unknown }).compare, { tab: 'story' });
  });

  it('refuses what a story is not of', async () => {
    assert.match((await visit([...TWO, '--prompt', 'A third one is', '--format', 'table'])).stderr, /--story is of two passes/);
    assert.match((await visit([...TWO.slice(0, -1), '--format', 'svg'])).stderr, /add --story/);
  });
});
