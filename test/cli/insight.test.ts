import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ActiveNeurons } from '../../src/core/insight/active-neurons';
import type { HeadMemory } from '../../src/core/insight/attention-memory';
import type { BackwardLens } from '../../src/core/insight/backward-lens';
import type { NormFilters, NormSummaries } from '../../src/core/insight/norm-filters';
import type { Overview } from '../../src/core/insight/overview';
import { visit } from '../support/visit';

const JAPAN = 'The capital of Japan is the city of';

/** The answer of a command that must succeed, as JSON. */
async function answer<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await visit([...args, '--format', 'json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

describe('The commands that look at whole passes', () => {
  let folder: string;
  let prompts: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'visit-insight-'));
    prompts = path.join(folder, 'prompts.txt');
    writeFileSync(prompts, ['# capitals', JAPAN, '', 'The capital of France is the city of', 'The capital of '.repeat(200), ''].join('\n'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('overview adds up to the target’s logit, and heads are part of their attention', async () => {
    const { blocks, grid, target, tokens } = await answer<Overview>('overview', '--prompt', JAPAN, '--target', ' Tokyo');
    assert.equal(target.text, ' Tokyo');
    assert.equal(grid.resid_post.length, blocks.length);
    for (const rows of Object.values(grid)) for (const row of rows) assert.equal(row.length, tokens.length);
    assert.equal(grid.resid_post[blocks.length - 1]?.[tokens.length - 1]?.top.text, ' Tokyo');
    for (const { heads } of blocks) assert.equal(heads.length, 6);
    const against = await answer<Overview>('overview', '--prompt', JAPAN, '--target', ' Tokyo', '--against', ' Paris');
    const other = await answer<Overview>('overview', '--prompt', JAPAN, '--target', ' Paris');
    for (const [l, { mlp }] of against.blocks.entries()) {
      assert.ok(Math.abs(mlp.share - ((blocks[l]?.mlp.share ?? NaN) - (other.blocks[l]?.mlp.share ?? NaN))) < 1e-3);
    }
  });

  it('overview prints two lines a block', async () => {
    const { stdout } = await visit(['overview', '--prompt', JAPAN]);
    assert.match(stdout, / centred share of ·Tokyo +promotes \(centred\) +suppresses \(centred\)/);
    const raw = await visit(['overview', '--prompt', JAPAN, '--measure', 'raw']);
    assert.match(raw.stdout, / raw share of ·Tokyo +promotes \(raw\) +suppresses \(raw\)/);
    assert.match(stdout, /^0\.attn .*\n0\.mlp /m);
    assert.match(stdout, /heads with the largest centred shares: \d\.\d/);
  });

  it('norms follow the target through every norm of the pass', async () => {
    const { norms } = await answer<NormFilters>('norms', '--prompt', JAPAN, '--tokens', '5');
    assert.equal(norms.length, 2 * 8 + 1);
    assert.equal(norms[norms.length - 1]?.targetRank.after, 1);
    for (const { before, after, kept, gained, lost } of norms) {
      assert.equal(before.length, 5);
      assert.equal(kept.length + gained.length, after.length);
      assert.equal(kept.length + lost.length, before.length);
    }
  });

  it('norms say which options exclude a file of prompts', async () => {
    const help = (await visit(['norms', '--help'])).stdout.replace(/\s+/g, ' ');
    const said = /Cannot be combined with ([^.]*?--target)/.exec(help)?.[1] ?? '';
    const options = said.match(/--[a-z-]+/g) ?? [];
    assert.equal(options.length, 5);
    for (const option of options)
      assert.equal((await visit(['norms', '--prompts', prompts, option, ...(option === '--last-tokens' ? [] : ['1'])])).code, 2, option);
  });

  it('norms of a file of prompts are summed up, and a prompt that does not fit is named', async () => {
    const { prompts: read, skipped, norms } = await answer<NormSummaries>('norms', '--prompts', prompts);
    assert.equal(read, 2);
    assert.deepEqual(
      skipped.map(({ index }) => index),
      [2],
    );
    assert.match(skipped[0]?.reason ?? '', /reads at most/);
    assert.equal(norms.length, 17);
    const { stdout } = await visit(['norms', '--prompts', prompts]);
    assert.match(
      stdout,
      /most often suppressed[\s\S]*ln_final[\s\S]*2 prompts\nRead through the fitted lens\..*\nline 5 of .*prompts\.txt \(“The capital of [^”]{20,30}…”\) was left out: .* reads at most \d+\.\n$/,
    );
  });

  describe('of prompts that do not fit', () => {
    const LEFT_OUT =
      /^visit: warning: line 5 of .*prompts\.txt \(“The capital of [^”]{20,30}…”\) was left out: The prompt has \d+ tokens; visit-small reads at most 256\.\n$/;

    it('say so on stderr where the answer is for a program, or goes to a file', async () => {
      const file = path.join(folder, 'out.txt');
      for (const args of [
        ['neurons', '--format', 'csv'],
        ['neurons', '--format', 'json'],
        ['neurons', '--out', file],
        ['norms', '--format', 'json'],
        ['norms', '--out', file],
        ['compare'],
      ]) {
        const [command = '', ...options] = args;
        const { code, stderr } = await visit([command, '--prompts', prompts, ...options]);
        assert.equal(code, 0, stderr);
        assert.match(stderr, LEFT_OUT, args.join(' '));
      }
    });

    it('say so below the table where that is what is read', async () => {
      for (const command of ['neurons', 'norms']) {
        const { stdout, stderr } = await visit([command, '--prompts', prompts]);
        assert.equal(stderr, '');
        assert.match(`visit: warning: ${stdout.trimEnd().split('\n').pop()}\n`, LEFT_OUT);
      }
    });

    it('name the first few, by the lines of standard input', async () => {
      const long = 'The capital of '.repeat(200);
      const { code, stderr } = await visit(
        ['neurons', '--prompts', '-', '--format', 'csv'],
        `# capitals\n\n${JAPAN}\n${`${long}\n`.repeat(7)}`,
      );
      assert.equal(code, 0);
      const lines = stderr.trimEnd().split('\n');
      assert.deepEqual(
        lines.slice(0, 5).map((line) => /^visit: warning: (.*?) \(/.exec(line)?.[1]),
        [4, 5, 6, 7, 8].map((line) => `line ${line} of standard input`),
      );
      assert.deepEqual(lines.slice(5), ['visit: warning: 2 more prompts were left out']);
    });
  });

  it('neurons that are active in every pass are listed with what they write, as JSON and as CSV', async () => {
    const { neurons, prompts: read } = await answer<ActiveNeurons>('neurons', '--prompts', prompts, '--at-least', '1');
    assert.equal(read, 2);
    assert.ok(neurons.length > 0 && neurons.every(({ frequency }) => frequency === 1));
    const file = path.join(folder, 'neurons.csv');
    const { code, stderr } = await visit(['neurons', '--prompts', prompts, '--at-least', '1', '--format', 'csv', '--out', file]);
    assert.equal(code, 0, stderr);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\r\n');
    assert.equal(lines[0], 'layer,neuron,frequency,mean,deviation,value norm,entropy,writes');
    assert.equal(lines.length, neurons.length + 1);
    assert.ok(lines[1]?.startsWith(`${neurons[0]?.layer},${neurons[0]?.neuron},1,`));
  });

  it('neurons count one prompt as one', async () => {
    const { stdout } = await visit(['neurons', '--prompts', '-'], JAPAN);
    assert.match(stdout, /for at least 95% of 1 prompt\nRead through the fitted lens\..*\n$/);
  });

  it('head says where the head looks and from where its tokens stem', async () => {
    const { sources, stems, written } = await answer<HeadMemory>(
      'head',
      '--prompt',
      JAPAN,
      '--layer',
      '3',
      '--head',
      '0',
      '--sources',
      '2',
    );
    assert.equal(sources.length, 2);
    assert.ok((sources[0]?.attention ?? 0) >= (sources[1]?.attention ?? 1));
    assert.equal(written.length, 20);
    assert.ok(Math.abs(stems.source + stems.neighbours + stems.others - 1) < 1e-9);
    const { stdout } = await visit(['head', '--prompt', JAPAN, '--layer', '3', '--head', '0']);
    assert.match(stdout, /Of the \d+ tokens that head 0 of layer 3 writes first, \d+ come mainly from its strongest source/);
  });

  it('backward says what would teach the model another answer, and where it would be written', async () => {
    const taught = ['backward', '--prompt', JAPAN, '--target', ' Paris'];
    const { loss, stream, target, layer } = await answer<BackwardLens>(...taught);
    assert.equal(layer, undefined);
    assert.equal(target.text, ' Paris');
    assert.ok(Math.abs(loss + Math.log(target.probability)) < 1e-3);
    assert.equal(stream.length, 9);
    for (const { positions } of stream.slice(1)) assert.equal(positions.at(-1)?.reading?.top[0]?.text, ' Paris');
    const looked = await answer<BackwardLens>(...taught, '--layer', '5', '--tokens', '3', '--neurons', '2');
    const { update } = looked.layer ?? assert.fail('no layer');
    assert.equal(update.neurons.length, 2);
    const last = update.positions.at(-1);
    assert.deepEqual([last?.imprint.reading?.top[0]?.text, last?.shift.reading?.top[0]?.text], [' Tokyo', ' Paris']);
    assert.equal(last?.shift.reading?.top.length, 3);
    const table = await visit([...taught, '--layer', '5']);
    assert.match(table.stdout, /^7 ·of .*·Tokyo .*·Paris /m);
    assert.match(table.stdout, /learning rate of 1 changes the first matrix of layer 5’s MLP by .* from 8 positions\.\n$/);
    const one = await visit(['backward', '--prompt', 'The']);
    assert.deepEqual([one.code, one.stderr], [0, '']);
    assert.match(one.stdout, /^Loss at 0 The: /);
  });

  it('explain what does not exist', async () => {
    const head = await visit(['head', '--prompt', JAPAN, '--layer', '3', '--head', '6']);
    assert.deepEqual([head.code, head.stdout], [1, '']);
    assert.match(head.stderr, /Head 6 does not exist: every layer has heads 0 to 5/);
    const empty = path.join(folder, 'empty.txt');
    writeFileSync(empty, '# nothing\n\n');
    const none = await visit(['neurons', '--prompts', empty]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /empty\.txt contains no prompts/);
    const noFile = await visit(['neurons', '--prompts', folder]);
    assert.deepEqual([noFile.code, noFile.stderr], [1, `visit: The prompt file ${folder} is a folder. Name a file in it.\n`]);
    const gone = await visit(['backward', '--prompt', JAPAN, '--layer', '9']);
    assert.equal(gone.stderr, 'visit: Layer 9 does not exist: the model has layers 0 to 7. Give a layer in that range.\n');
    const far = await visit(['backward', '--prompt', JAPAN, '--position', '8']);
    assert.match(far.stderr, /Position 8 is outside the prompt/);
    const layer = await visit(['head', '--prompt', JAPAN, '--layer', '9', '--head', '0']);
    assert.equal(layer.stderr, 'visit: Layer 9 does not exist: the model has layers 0 to 7. Give a layer in that range.\n');
    const both = await visit(['norms', '--prompts', prompts, '--prompt', JAPAN]);
    assert.equal(both.code, 2);
    assert.equal((await visit(['neurons', '--prompts', prompts, '--at-least', '2'])).code, 2);
  });
});
