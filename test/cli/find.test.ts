import assert from 'node:assert/strict';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { visit } from '../support/visit';

const PROMPT = 'The capital of Japan is the city of';

interface Found {
  readonly found: readonly {
    readonly node: string;
    readonly layer: number;
    readonly position: number;
    readonly rank: number;
    readonly probability: number;
    readonly token: { readonly id: number };
  }[];
}

describe('visit find', () => {
  it('finds a token in every layer, at the rank and with the probability that the flow graph gives it there', async () => {
    const { code, stdout, stderr } = await visit(['find', 'Tokyo', '--whole', '--prompt', PROMPT, '--format', 'json']);
    assert.equal(code, 0, stderr);
    const { found } = JSON.parse(stdout) as Found;
    assert.ok(new Set(found.map(({ layer }) => layer)).size >= 3);
    const probabilities = found.map(({ probability }) => probability);
    assert.deepEqual(
      probabilities,
      [...probabilities].sort((a, b) => b - a),
    );
    const drawn = await visit(['graph', '--prompt', PROMPT, '--layers', '0-7', '--heads', '0', '--target', ' Tokyo', '--format', 'json']);
    const graph = JSON.parse(drawn.stdout) as FlowGraph;
    const here = found.filter(({ node, position }) => position === graph.position && node.includes('hook_resid_post'));
    assert.ok(here.length > 0);
    for (const { node, rank, probability } of here) {
      const target = graph.nodes.find(({ id }) => id === node)?.reading?.target;
      assert.equal(target?.rank, rank, node);
      assert.ok(Math.abs(target.probability - probability) < 1e-5, node);
    }
  });

  it('prints a table, the most probable first, and how many more there are', async () => {
    const { stdout } = await visit(['find', 'japan', '--prompt', PROMPT, '--most', '2']);
    const [head, first, second, more] = stdout.split('\n');
    assert.match(head, /^layer +where +position +token +rank +probability +node$/);
    for (const line of [first, second]) assert.match(line, /^layer \d .* ·Japan\w* +#1 +\d+\s?% +blocks\.\d\./);
    assert.match(more, /^… and \d+ more/);
  });

  it('says so where nothing lists it, and takes no empty text', async () => {
    const none = await visit(['find', 'zzzz', '--prompt', PROMPT]);
    assert.deepEqual([none.code, none.stdout], [0, '"zzzz" is not among the first 10 tokens anywhere.\n']);
    assert.equal((await visit(['find', '', '--prompt', PROMPT])).code, 2);
  });
});
