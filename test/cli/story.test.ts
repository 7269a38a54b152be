import assert from 'node:assert/strict';
import type { Explanation } from '../../src/core/insight/explanation';
import type { Story } from '../../src/core/insight/story';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { readSvg } from '../support/svg';
import { visit } from '../support/visit';

const PROMPT = 'When Mary and John went to the store, John gave a drink to';

/** The answer of a command that must succeed, as JSON. */
async function answer<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await visit([...args, '--format', 'json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

describe('The commands that explain a prediction', () => {
  it('story prints the answer, a sentence, and a line for each layer, the last first', async () => {
    const { stdout } = await visit(['story', '--prompt', PROMPT]);
    const [first, sentence, ...lines] = stdout.split('\n');
    assert.match(first, /^·Mary \d+%   then /);
    assert.match(
      sentence,
      /^‘·Mary’ leads from layer \d on; before that it is .* The strongest read: layer 3 heads 3 and 4 look at ‘·Mary’/,
    );
    assert.deepEqual(lines.flatMap((line) => /^(\d) /.exec(line)?.[1] ?? []).map(Number), [7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('story lists routes over several hops, and leaves them out where they are not wanted', async () => {
    const { stdout } = await visit(['story', '--prompt', PROMPT]);
    assert.match(stdout, /\nroute +read by +effect of its first read\n·\S+ → ·\S+.* +layer \d h\d\S*, then layer \d h\d/);
    const without = await answer<Story>('story', '--prompt', PROMPT, '--no-hops');
    assert.equal(without.hops, undefined);
    const { hops = [], position } = await answer<Story>('story', '--prompt', PROMPT);
    assert.ok(hops.length > 0);
    for (const { source, position: at } of hops) assert.ok(0 < source && source < at && at < position);
  });

  it('story adds up in JSON, for the measure that is asked for', async () => {
    for (const measure of ['centred', 'raw']) {
      const { layers, embedding, normBias, target } = await answer<Story>('story', '--prompt', PROMPT, '--measure', measure);
      assert.equal(target.measure, measure);
      const sum = layers.reduce((total, { attention = 0, mlp = 0 }) => total + attention + mlp, embedding + normBias);
      assert.ok(Math.abs(sum - target.measured) < 1e-3);
    }
  });

  it('explain measures what an intervention measures: switching the same components off gives the same probability', async () => {
    const { causes, target } = await answer<Explanation>('explain', '--prompt', PROMPT, '--causes', '2');
    assert.equal(causes.length, 2);
    for (const { components, off } of causes) {
      const ablated = components.flatMap((component) => ['--ablate', component]);
      const graph = await answer<FlowGraph>('graph', '--prompt', PROMPT, '--target', target.text, ...ablated);
      assert.ok(Math.abs(graph.target.probability - off.probability) < 1e-5);
      assert.ok(Math.abs(target.measured - graph.target.measured - off.measured) < 1e-3);
    }
  });

  it('explain names heads with what they read and write, and what is left without them', async () => {
    const { stdout } = await visit(['explain', '--prompt', PROMPT]);
    assert.match(stdout, /^Why ‘·Mary’ \(100\s%\) after “When Mary/);
    assert.match(stdout, /\d\. .*layer 3 heads \d[\d, and]+ .*read ‘·Mary’ .* and write ‘·Mary’ and .* Off: 100\s% → \d+\s%/);
  });

  it('explain says of one token, and of a position that is not there, what is the matter', async () => {
    const one = await visit(['explain', '--prompt', 'The']);
    assert.equal(one.code, 0, one.stderr);
    const outside = await visit(['explain', '--prompt', PROMPT, '--position', '99']);
    assert.equal(outside.code, 1);
    assert.match(outside.stderr, /Position 99 is outside the prompt/);
  });

  it('story tells of estimated effects in the place of shares, in text, JSON, the drawing and a page', async () => {
    const story = await answer<Story>('story', '--prompt', PROMPT, '--by', 'effect', '--no-hops');
    assert.deepEqual([story.by, story.effects?.of, story.effects?.baseline], ['effect', 'centred', 'zero']);
    const { stdout } = await visit(['story', '--prompt', PROMPT, '--by', 'effect', '--no-hops']);
    assert.match(stdout, /an effect of \+\d+\.\d/);
    assert.match(stdout, /\nFigures are estimated effects/);
    assert.match(stdout, /attention \(effect\) +feed-forward \(effect\)/);
    const drawn = await visit(['story', '--prompt', PROMPT, '--by', 'effect', '--format', 'svg']);
    assert.match(drawn.stdout, /Figures are estimated effects/);
    const page = await visit(['story', '--prompt', PROMPT, '--by', 'effect', '--no-hops', '--tokens', '2', '--format', 'html']);
    assert.equal(page.code, 0, page.stderr);
    assert.match(page.stdout, /"schema":"visit\.story\/1".*"by":"effect","effects":\{"of":"centred"/);
    assert.match(page.stdout, /"tab":"story","colourBy":"effect","keepBy":"effect"/);
    assert.doesNotMatch(page.stdout, /"hops":\[/, 'what is left out of the text is left out of the page');
  });

  it('explain looks for causes by share or by effect alone where that is asked for, and says so', async () => {
    for (const by of ['share', 'effect'] as const) {
      const { causes, by: said } = await answer<Explanation>('explain', '--prompt', PROMPT, '--causes', '1', '--by', by);
      assert.deepEqual([causes.length, said], [1, by]);
    }
    const { stdout } = await visit(['explain', '--prompt', PROMPT, '--causes', '1', '--by', 'share']);
    assert.match(stdout, /\nCandidates are chosen by share and ordered by what was measured\.\n1\. /);
  });

  it('story draws its map as SVG, on white or on a dark ground', async () => {
    for (const [ground, ...more] of [['#ffffff'], ['#1f1f1f', '--dark']]) {
      const { code, stdout, stderr } = await visit(['story', '--prompt', PROMPT, '--format', 'svg', ...more]);
      assert.equal(code, 0, stderr);
      const { texts } = readSvg(stdout);
      for (const text of ['visit-small', '·Mary', 'attention'])
        assert.ok(
          texts.some((each) => each.includes(text)),
          text,
        );
      assert.ok(stdout.includes(`fill="${ground}"`));
    }
  });

  it('story makes a page of its own that opens on the story and holds flow graph and overview', async () => {
    const { code, stdout, stderr } = await visit(['story', '--prompt', PROMPT, '--format', 'html']);
    assert.equal(code, 0, stderr);
    const held = (id: string): unknown => JSON.parse(new RegExp(`id="${id}">(.*)</script>`).exec(stdout)?.[1] ?? 'null');
    assert.equal((held('visit-graph') as FlowGraph).prompt, PROMPT);
    assert.deepEqual(
      (held('visit-insights') as { request: unknown }[]).map(({ request }) => request),
      [{ of: 'story' }, { of: 'overview' }],
    );
    assert.deepEqual(held('visit-view'), { tab: 'story', colourBy: 'share', keepBy: 'share' });
  });
});
