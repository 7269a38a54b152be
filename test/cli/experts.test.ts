import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { nodeId } from '../../src/core/format/node-id';
import type { ExpertUseSurvey } from '../../src/core/insight/expert-use';
import { visit } from '../support/visit';

const FIXTURES = path.join(__dirname, '../oracle/families/fixtures');

describe('visit experts', () => {
  let folder: string;
  let model: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'visit-experts-'));
    model = path.join(folder, 'mixture');
    cpSync(path.join(FIXTURES, 'qwen2-moe', 'model'), model, { recursive: true });
    // A tokenizer of one character a token.
    const vocab = Object.fromEntries(Array.from({ length: 64 }, (_, id) => [String.fromCharCode(0x21 + id), id]));
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
    writeFileSync(
      path.join(model, 'tokenizer.json'),
      JSON.stringify({ model: { type: 'BPE', vocab, merges: [] }, pre_tokenizer: byteLevel, decoder: byteLevel }),
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  const file = (name: string, ...lines: string[]): string => {
    const at = path.join(folder, name);
    writeFileSync(at, `${lines.join('\n')}\n`);
    return at;
  };

  it('lists the experts of every layer, most used first, and names prompts that do not fit', async () => {
    const prompts = file('some.txt', '# some', 'ABC'.repeat(3), 'X'.repeat(200), 'HELLO');
    const { code, stdout, stderr } = await visit(['experts', '--model', model, '--prompts', prompts, '--top', '3']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^layer 0: used as evenly as \d\.\d\d of 6 experts/m);
    assert.match(stdout, /^expert +chosen +times even +mean weight +probability +most often for$/m);
    assert.match(stdout, /^\d +\d+% +\d\.\d\d× +0\.\d{3} +\d+% +.*“?[A-Z]”? \d\/\d/m);
    assert.equal(stdout.match(/^\d +[\d.]+% /gm)?.length, 2 * 3);
    assert.match(stdout, /^2 prompts of 14 tokens, each of which goes to 2 of 6 experts in a layer: even use would be 33% of the tokens$/m);
    assert.match(stdout, /^line 3 of .* was left out: /m);
  });

  it('counts every choice, as JSON and as CSV', async () => {
    const prompts = file('two.txt', 'ABC'.repeat(3), 'HELLO');
    const { stdout } = await visit(['experts', '--model', model, '--prompts', prompts, '--format', 'json', '--tokens', '100']);
    const use = JSON.parse(stdout) as ExpertUseSurvey;
    assert.deepEqual([use.schema, use.prompts, use.positions, use.chosen, use.layers.length], ['visit.expert-use/1', 2, 14, 2, 2]);
    for (const { experts } of use.layers) {
      const sum = (of: (expert: (typeof experts)[number]) => number) => experts.reduce((total, expert) => total + of(expert), 0);
      assert.equal(
        sum(({ count }) => count),
        28,
      );
      assert(Math.abs(sum(({ probability }) => probability) - 1) < 1e-5);
      assert(Math.abs(sum(({ timesEven }) => timesEven) - experts.length) < 1e-9);
      for (const { count, tokens, weight } of experts) {
        assert.equal(
          tokens.reduce((total, token) => total + token.count, 0),
          count,
        );
        assert.equal(weight === null, count === 0);
      }
    }
    const out = path.join(folder, 'experts.csv');
    const written = await visit(['experts', '--model', model, '--prompts', prompts, '--format', 'csv', '--out', out]);
    assert.equal(written.code, 0, written.stderr);
    const lines = readFileSync(out, 'utf8').trimEnd().split('\r\n');
    assert.equal(lines[0], 'layer,expert,count,share,times even,weight,probability,tokens');
    assert.equal(lines.length, 1 + 2 * 6);
    assert.match(lines[1] ?? '', /^0,\d,\d+,0\.\d+,/);
  });

  it('can be replaced by what they are on another prompt, or on the average of several, as a whole and neuron by neuron', async () => {
    const graphOf = async (change: readonly string[] = [], prompt = 'HELLO'): Promise<FlowGraph> => {
      const out = path.join(folder, 'graph.json');
      const { code, stderr } = await visit(['graph', '--model', model, '--prompt', prompt, '--format', 'json', '--out', out, ...change]);
      assert.equal(code, 0, stderr);
      return JSON.parse(readFileSync(out, 'utf8')) as FlowGraph;
    };
    const chosenAt = (graph: FlowGraph) =>
      graph.nodes
        .filter(({ id }) => id === nodeId.router(1))
        .flatMap(({ experts = [] }) => experts.flatMap(({ expert, weight }) => (weight === undefined ? [] : [expert])));
    const other = 'WORLD';
    const [here, there] = [chosenAt(await graphOf()), chosenAt(await graphOf([], other))];
    const [from, only] = [there.find((e) => !here.includes(e)), here.find((e) => !there.includes(e))];
    assert(from !== undefined && only !== undefined, 'the prompts must go to different experts for this to show anything');
    const both = [from, only].flatMap((expert) => ['--patch', nodeId.expert(1, expert)]);
    const patched = await graphOf([...both, '--from-prompt', other]);
    assert.deepEqual(chosenAt(patched), here, 'the router chooses as before');
    const nodeOf = (graph: FlowGraph, id: string) => graph.nodes.find((node) => node.id === id) ?? assert.fail(`no ${id}`);
    assert(
      (nodeOf(patched, nodeId.expertPatch(1, from)).coefficient ?? 0) > 0,
      'an expert that is not chosen here writes what it wrote there',
    );
    assert.equal(nodeOf(patched, nodeId.expertPatch(1, only)).norm, 0, 'one that was not chosen there writes nothing');

    const over = file('over.txt', other, 'HELLO');
    const mean = nodeOf(await graphOf(['--mean', nodeId.expert(1, from), '--over', over]), nodeId.expertPatch(1, from));
    assert.equal(mean.intervention, 'mean');
    assert(Math.abs((mean.coefficient ?? 0) - (nodeOf(patched, mean.id).coefficient ?? 0) / 2) < 1e-6, 'half of the prompts go to it');
    assert(Math.abs(mean.norm - nodeOf(patched, mean.id).norm / 2) < 1e-5);

    const neuron = `${nodeId.expert(1, from)}.neuron.1`;
    const ofNeuron = await graphOf(['--patch', neuron, '--from-prompt', other]);
    assert.deepEqual(chosenAt(ofNeuron), here, 'the router chooses as before');
    const alone = nodeOf(ofNeuron, nodeId.expertPatch(1, from));
    assert(alone.norm > 0, 'a neuron of an expert that is not chosen here writes what it wrote there');
    assert.deepEqual([alone.intervention, alone.count], ['patch', 1]);
    const ofMean = nodeOf(await graphOf(['--mean', neuron, '--over', over]), nodeId.expertPatch(1, from));
    assert.equal(ofMean.intervention, 'mean');
    assert(Math.abs(ofMean.norm - alone.norm / 2) < 1e-5, 'half of the prompts go to its expert');

    const effects = ['effects', '--model', model, '--prompt', 'HELLO', '--twin', other, '--kinds', 'expert', '--measure', '2'];
    const { code, stdout, stderr } = await visit(effects);
    assert.equal(code, 0, stderr);
    assert.equal(stdout.match(/^[01]\.expert\.\S+ +\d \S+ +[+−]\d\.\d\d +[+−]\d\.\d\d +\d+%/gm)?.length, 2, stdout);
  });

  it('says that a dense model has no experts, and that a file has no prompts', async () => {
    const dense = await visit(['experts', '--prompts', file('one.txt', 'Hello')]);
    assert.deepEqual([dense.code, dense.stdout], [1, '']);
    assert.match(dense.stderr, /^visit: visit-small is not a mixture of experts: .*Choose a mixture of experts/);
    const empty = await visit(['experts', '--model', model, '--prompts', file('empty.txt', '# nothing')]);
    assert.equal(empty.code, 1);
    assert.match(empty.stderr, /^visit: The prompt file .*empty\.txt contains no prompts\./);
    const usage = await visit(['experts', '--model', model]);
    assert.equal(usage.code, 2);
  });
});
