import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { COMPONENT_EXAMPLES } from '../../src/core/format/component';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { readSvg } from '../support/svg';
import { CLI, ROOT, visit, type Outcome } from '../support/visit';

const JAPAN = 'The capital of Japan is the city of';
const schema: object = JSON.parse(readFileSync(path.join(ROOT, 'docs', 'flow-graph.schema.json'), 'utf8'));
const validate = new Ajv2020().compile(schema);

async function graph(...args: string[]): Promise<FlowGraph> {
  const { code, stdout, stderr } = await visit(['graph', '--prompt', JAPAN, ...args]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  const answer: unknown = JSON.parse(stdout);
  assert.ok(validate(answer), JSON.stringify(validate.errors?.slice(0, 3)));
  return answer as FlowGraph;
}

describe('visit graph', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visit-cli-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('predicts Tokyo with the embedded model, in JSON that follows the published schema', async () => {
    const flow = await graph();
    assert.equal(flow.prompt, JAPAN);
    assert.equal(flow.tokens.map((t) => t.text).join(''), JAPAN);
    assert.deepEqual([flow.target.text, flow.target.rank], [' Tokyo', 1]);
    assert.deepEqual(flow.layers, [flow.model.nLayers - 1]);
    assert.equal(flow.position, flow.tokens.length - 1);
  });

  it('colours by effect what is chosen by effect, in a drawing and on a page, and says so', async () => {
    const drawn = await visit(['graph', '--prompt', JAPAN, '--by', 'effect', '--format', 'svg']);
    assert.match(drawn.stdout, /Estimated effect on logit ·Tokyo/);
    const page = await visit(['graph', '--prompt', JAPAN, '--by', 'effect', '--format', 'html']);
    assert.match(page.stdout, /"colourBy":"effect","keepBy":"effect"/);
    for (const by of ['share', 'size']) {
      const { stdout } = await visit(['graph', '--prompt', JAPAN, '--by', by, '--format', 'svg']);
      assert.match(stdout, /Centred share of logit ·Tokyo/);
    }
  });

  it('draws the heads and neurons that write most, or those with the largest share where that is asked for', async () => {
    const drawn = async (...args: string[]) => {
      const { nodes } = await graph('--layers', '5', '--heads', '2', '--top', '3', '--bottom', '2', ...args);
      const of = (kind: string, what: 'head' | 'neuron') => nodes.filter((node) => node.kind === kind).map((node) => node[what]);
      return { heads: of('head_out', 'head'), neurons: of('neuron_value', 'neuron') };
    };
    const [size, share, plain] = [await drawn('--by', 'size'), await drawn('--by', 'share'), await drawn()];
    assert.deepEqual(plain, size);
    const { nodes } = await graph('--layers', '5', '--heads', '0', '--top', '10000', '--bottom', '0');
    const heads = nodes.filter(({ kind }) => kind === 'head_out').sort((a, b) => Math.abs(b.share ?? 0) - Math.abs(a.share ?? 0));
    assert.deepEqual(
      share.heads,
      heads.slice(0, 2).map(({ head }) => head),
    );
    const neurons = nodes.filter(({ kind }) => kind === 'neuron_value').sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
    assert.deepEqual(
      share.neurons,
      [...neurons.slice(0, 3), ...neurons.slice(-2)].map(({ neuron }) => neuron),
    );
    assert.notDeepEqual(share, size);
  });

  it('draws an SVG with the label of every node', async () => {
    const { code, stdout, stderr } = await visit(['graph', '--prompt', JAPAN, '--layers', '6-7', '--format', 'svg']);
    assert.equal(code, 0, stderr);
    const { titles } = readSvg(stdout);
    const { nodes } = await graph('--layers', '6-7');
    assert.equal(titles.length, nodes.length + 1, 'a title for each node, and one for the drawing');
  });

  it('draws the layers, position, target and counts that are asked for', async () => {
    const flow = await graph(
      '--layers',
      '1-2',
      '--position',
      '3',
      '--target',
      ' France',
      '--heads',
      '2',
      '--values',
      '1',
      '--top',
      '3',
      '--bottom',
      '0',
      '--tokens',
      '2',
    );
    assert.deepEqual(flow.layers, [1, 2]);
    assert.equal(flow.position, 3);
    assert.deepEqual([flow.target.text, flow.target.chosen], [' France', 'user']);
    const count = (kind: string): number => flow.nodes.filter((n) => n.layer === 1 && n.kind === kind).length;
    assert.deepEqual(['head_out', 'head_value', 'o_neuron', 'neuron_value'].map(count), [2, 2, 3, 3]);
    assert.ok(flow.nodes.every((n) => n.reading === null || n.reading.top.length === 2));
    assert.ok(flow.nodes.every((n) => n.source === undefined || n.source <= 3));
  });

  it('shares sum to the logit of the target less the mean of all, or with --measure raw to the logit itself', async () => {
    const [centred, raw] = [await graph('--layers', '0-2'), await graph('--layers', '0-2', '--measure', 'raw')];
    for (const { stream, normBias, target } of [centred, raw]) {
      const sum = stream.reduce((total, step) => total + step.share, normBias);
      assert.ok(Math.abs(sum - target.measured) < 1e-3, `${sum} against ${target.measured}`);
    }
    assert.deepEqual([centred.target.measure, raw.target.measure], ['centred', 'raw']);
    assert.equal(raw.target.measured, centred.target.logit);
    assert.notEqual(centred.target.measured, centred.target.logit);
  });

  it('shares sum to a difference of two logits when --against names a token', async () => {
    const flow = await graph('--target', ' Tokyo', '--against', ' Paris');
    const sum = flow.stream.reduce((total, step) => total + step.share, flow.normBias);
    assert.ok(Math.abs(sum - flow.target.logit) < 1e-3, `${sum} against ${flow.target.logit}`);
    assert.equal(flow.target.against?.text, ' Paris');
    assert.deepEqual([flow.target.measure, flow.target.measured], ['difference', flow.target.logit]);
    assert.ok(flow.target.logit > 0, 'the model prefers Tokyo');
  });

  it('switches components off and puts others in, and says which', async () => {
    const ordinary = await graph();
    const last = ordinary.model.nLayers - 1;
    const changed = await graph(
      '--target',
      ' Tokyo',
      '--layers',
      `0-${last}`,
      '--ablate',
      'blocks.3.attn',
      '--ablate',
      `blocks.${last}.mlp.neuron.3`,
      '--patch',
      'blocks.2.mlp',
      '--patch',
      'blocks.1.attn.head.0',
      '--from-prompt',
      'The capital of France is the city of',
    );
    const prompt = 'The capital of France is the city of';
    assert.deepEqual(changed.interventions, [
      { mode: 'zero', component: 'blocks.3.attn' },
      { mode: 'zero', component: `blocks.${last}.mlp.neuron.3` },
      { mode: 'patch', component: 'blocks.2.mlp', prompt },
      { mode: 'patch', component: 'blocks.1.attn.head.0', prompt },
    ]);
    const marked = changed.nodes.filter((n) => n.intervention && !n.kind.endsWith('_patch')).map((n) => [n.id, n.intervention]);
    assert.deepEqual(
      new Map(marked as [string, string][]),
      new Map([
        ['blocks.3.hook_attn_out', 'zero'],
        [`blocks.${last}.mlp.neuron.3`, 'zero'],
        ['blocks.2.hook_mlp_out', 'patch'],
        ['blocks.1.attn.head.0', 'patch'],
      ]),
    );
    assert.ok(changed.target.logit < ordinary.target.logit);
    const sum = changed.stream.reduce((total, step) => total + step.share, changed.normBias);
    assert.ok(Math.abs(sum - changed.target.measured) < 1e-3, `${sum} against ${changed.target.measured}`);
  });

  it('changes every component that help and messages give as an example', async () => {
    const examples = COMPONENT_EXAMPLES.split(', ');
    const { interventions } = await graph(...examples.flatMap((component) => ['--ablate', component]));
    assert.deepEqual(
      interventions?.map(({ component }) => component),
      examples,
    );
  });

  it('counts a negative position from the end', async () => {
    assert.equal((await graph('--position', '-2')).position, (await graph()).position - 1);
  });

  it('writes one self-contained page that can load and send nothing', async () => {
    const file = path.join(folder, 'japan.html');
    const done = await visit(['graph', '--prompt', `${JAPAN}</script><b>`, '--format', 'html', '--out', file]);
    assert.deepEqual([done.code, done.stdout], [0, ''], done.stderr);
    const page = readFileSync(file, 'utf8');
    assert.match(page, /default-src 'none'; script-src 'sha256-/);
    assert.doesNotMatch(page, /<(?:script|link|img)[^>]+(?:src|href)=/);
    const json = /<script type="application\/json" id="visit-graph">(.*?)<\/script>/s.exec(page);
    assert.ok(json);
    assert.equal((JSON.parse(json[1]) as FlowGraph).prompt, `${JAPAN}</script><b>`);
    assert.deepEqual(readdirSync(folder), ['japan.html'], 'no draft is left behind');
  });

  it('reads the prompt from a file or from standard input, without the newline at its end', async () => {
    const piped = await visit(['graph', '--prompt-file', '-'], `${JAPAN}\n`);
    assert.equal((JSON.parse(piped.stdout) as FlowGraph).prompt, JAPAN);
  });
});

describe('a prompt longer than the context', () => {
  it('is used from its end as far as it fits when --last-tokens asks for it', async () => {
    const prompt = `${'and so on '.repeat(200)}${JAPAN}`;
    const { code, stdout, stderr } = await visit(['graph', '--prompt', prompt, '--last-tokens']);
    assert.equal(code, 0, stderr);
    const flow = JSON.parse(stdout) as FlowGraph;
    assert.ok(flow.tokens.length <= flow.model.contextLength && flow.tokens.length > flow.model.contextLength - 4);
    assert.ok(prompt.endsWith(flow.prompt));
  });

  it('is shortened in the same way where components are taken from it', async () => {
    const long = `${'and so on '.repeat(200)}The capital of France is the city of`;
    const patched = ['graph', '--prompt', JAPAN, '--target', ' Paris', '--patch', 'blocks.0.attn', '--from-prompt', long];
    const refused = await visit(patched);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^visit: The prompt that attention of layer 0 is taken from has \d+ tokens; .* reads at most \d+\. .*--last-tokens/,
    );
    const { code, stdout, stderr } = await visit([...patched, '--last-tokens']);
    assert.equal(code, 0, stderr);
    const [change] = (JSON.parse(stdout) as FlowGraph).interventions ?? [];
    assert.ok(change?.mode === 'patch' && change.prompt.length < long.length && long.endsWith(change.prompt));
  });
});

describe('bad usage', () => {
  const cases: [string, string[]][] = [
    ['no command', []],
    ['an unknown command', ['draw']],
    ['an unknown option', ['graph', '--prompt', 'x', '--colour']],
    ['no prompt', ['graph']],
    ['an empty prompt', ['graph', '--prompt', '']],
    ['two prompts', ['graph', '--prompt', 'x', '--prompt-file', 'y']],
    ['layers that run backwards', ['graph', '--prompt', 'x', '--layers', '5-3']],
    ['layers that are no numbers', ['graph', '--prompt', 'x', '--layers', 'all']],
    ['a number that is none', ['graph', '--prompt', 'x', '--top', '1e3']],
    ['a component that is none', ['graph', '--prompt', 'x', '--ablate', 'head 3']],
    ['a patch without a prompt', ['graph', '--prompt', 'x', '--from-prompt', 'y', '--patch', 'blocks.0.mlp']],
    ['a mean without prompts', ['graph', '--prompt', 'x', '--mean', 'blocks.0.mlp']],
    ['prompts without a mean', ['graph', '--prompt', 'x', '--over', 'prompts.txt']],
    ['positions that run backwards', ['graph', '--prompt', 'x', '--ablate', 'blocks.0.mlp@5-2']],
    ['a prompt without a patch', ['graph', '--prompt', 'x', '--from-prompt', 'y']],
    ['a format that does not exist', ['graph', '--prompt', 'x', '--format', 'png']],
    ['a lens for what is read through none', ['effects', '--prompt', 'x', '--lens', 'logit']],
    ['no file for a trace', ['trace', '--prompt', 'x']],
    ['token ids that are none', ['trace', '--tokens', '1,b', '--out', 'x']],
  ];
  for (const [what, args] of cases) {
    it(`${what} ends with 2 and says so on stderr`, async () => {
      const { code, stdout, stderr } = await visit(args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.notEqual(stderr, '');
      assert.doesNotMatch(stderr, /\n\s+at /);
    });
  }

  it('help ends with 0 and names every option of the command', async () => {
    const { code, stdout } = await visit(['graph', '--help']);
    assert.equal(code, 0);
    for (const option of [
      '--prompt',
      '--prompt-file',
      '--model',
      '--layers',
      '--position',
      '--target',
      '--against',
      '--ablate',
      '--patch',
      '--from-prompt',
      '--heads',
      '--values',
      '--top',
      '--bottom',
      '--format',
      '--out',
      '--last-tokens',
    ]) {
      assert.match(stdout, new RegExp(`${option}\\b`));
    }
  });
});

describe('work that fails', () => {
  const failing = async (...args: string[]): Promise<Outcome> => {
    const outcome = await visit(args);
    assert.deepEqual([outcome.code, outcome.stdout], [1, ''], outcome.stderr);
    return outcome;
  };
  const cases: [string, string[], RegExp][] = [
    ['a folder that does not exist', ['graph', '--prompt', 'x', '--model', 'no-such-folder'], /no-such-folder/],
    ['a folder that is no checkpoint', ['graph', '--prompt', 'x', '--model', 'docs'], /config\.json/],
    ['a layer that the model does not have', ['graph', '--prompt', 'x', '--layers', '99'], /99/],
    ['a head that the model does not have', ['graph', '--prompt', 'x', '--ablate', 'blocks.0.attn.head.99'], /heads 0 to \d+/],
    ['a position beyond the prompt', ['graph', '--prompt', 'x', '--position', '99'], /99/],
    ['a target that is several tokens', ['graph', '--prompt', 'x', '--target', ' incomprehensibilities'], /token/],
    ['a prompt longer than the context', ['graph', '--prompt', 'word '.repeat(3000)], /reads at most \d+/],
    ['a prompt file that is not there', ['graph', '--prompt-file', 'no-such-file'], /no-such-file/],
    [
      'an answer that cannot be written',
      ['graph', '--prompt', 'x', '--out', 'no/such/folder/x.json'],
      /no\/such\/folder\/x\.json cannot be written: there is no folder no\/such\/folder\. Create it/,
    ],
    ['a folder for an answer', ['graph', '--prompt', 'x', '--out', 'docs'], /docs cannot be written: it is a folder\./],
    ['a file for a folder', ['graph', '--prompt', 'x', '--out', 'LICENSE/x.json'], /LICENSE is not a folder/],
  ];
  for (const [what, args, says] of cases) {
    it(`${what} ends with 1 and one readable line`, async () => {
      const { stderr } = await failing(...args);
      assert.match(stderr, says);
      assert.match(stderr, /^visit: [^\n]+\n$/);
    });
  }

  it('says so when the terminal or file behind stdout does not take the answer', () => {
    const readOnly = openSync(path.join(ROOT, 'package.json'), 'r');
    const { status, stderr } = spawnSync(process.execPath, [CLI, 'lens', '--prompt', 'x'], {
      stdio: ['ignore', readOnly, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(readOnly);
    assert.equal(status, 1);
    assert.match(stderr, /^visit: The output cannot be written: [^\n]+\n$/);
  });

  it('tells the stack only when asked', async () => {
    assert.match((await failing('--verbose', 'graph', '--prompt', 'x', '--model', 'docs')).stderr, /\n\s+at /);
  });
});
