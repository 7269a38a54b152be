import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { ComponentEffect, Effects } from '../../src/core/insight/effects';
import type { MeasuredEffect } from '../../src/core/insight/measured-effects';
import { ROOT, visit } from '../support/visit';

const JAPAN = 'The capital of Japan is the city of';
const FRANCE = 'The capital of France is the city of';

describe('visit effects', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'visit-effects-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('says that weights are not finite, instead of a figure, wherever effects are asked for', async () => {
    const model = path.join(folder, 'broken');
    cpSync(path.join(ROOT, 'models', 'visit-small'), model, { recursive: true });
    const file = path.join(model, 'model.safetensors');
    const bytes = readFileSync(file);
    const headerLength = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, { readonly data_offsets: readonly number[] }>;
    const [begin] = header['transformer.h.3.mlp.c_fc.weight'].data_offsets;
    bytes.writeUInt16LE(0x7e00, 8 + headerLength + begin); // NaN in F16
    writeFileSync(file, bytes);
    const prompts = path.join(folder, 'prompts.txt');
    writeFileSync(prompts, `${JAPAN}\n${FRANCE}\n`);
    const asked = [
      ['effects', '--prompt', JAPAN, '--measure', '2'],
      ['effects', '--prompt', JAPAN, '--mean-over', prompts],
      ['graph', '--prompt', JAPAN, '--effects'],
      ['compare', '--prompt', JAPAN, '--prompt', FRANCE, '--effects'],
      ['calibrate', '--prompts', prompts, '--per-kind', '1'],
    ];
    for (const args of asked) {
      const { code, stdout, stderr } = await visit([...args, '--model', model]);
      assert.deepEqual([code, stdout], [1, ''], args.join(' '));
      assert.match(stderr, /^visit: .* not finite: the weights contain NaN or infinity/m, args.join(' '));
    }
  });

  it('measures the strongest as a graph of the changed pass shows', async () => {
    const args = ['--prompt', JAPAN, '--target', ' Tokyo', '--against', ' Paris'];
    const { code, stdout, stderr } = await visit(['effects', ...args, '--measure', '2', '--top', '3', '--format', 'json']);
    assert.equal(code, 0, stderr);
    const effects = JSON.parse(stdout) as Omit<Effects, 'strongest'> & { strongest: { component: string; measured?: MeasuredEffect }[] };
    assert.deepEqual(
      effects.strongest.map(({ measured }) => measured !== undefined),
      [true, true, false],
    );
    const [{ component, measured }] = effects.strongest;
    const changed = await visit(['graph', ...args, '--ablate', component]);
    const { target } = JSON.parse(changed.stdout) as FlowGraph;
    assert.ok(Math.abs(effects.target.logit - target.logit - measured!.measured) < 1e-3);
    assert.ok(Math.abs(target.probability - measured!.probability) < 1e-4);
  });

  it('lists what a twin prompt or a mean tells apart, as a table or as CSV', async () => {
    const prompts = path.join(folder, 'prompts.txt');
    writeFileSync(prompts, `${FRANCE}\n# a comment\nThe capital of Italy is the city of\n`);
    const twin = await visit(['effects', '--prompt', JAPAN, '--twin', FRANCE, '--top', '4', '--measure', '1']);
    assert.match(twin.stdout, /less the mean of all logits, \+\d.*each component as on “The capital of France is the city of”/);
    const [, , ...rows] = twin.stdout.trim().split('\n');
    assert.equal(rows.length, 7);
    assert.match(rows[4], /nearly cancel: they come to −\d.*, of \d/);
    assert.match(rows[5], /^1 of 1 estimates that were measured has the wrong sign: 0\.0 at 7\.$/);
    assert.match(rows[6], /estimates for heads of layers 0 to 2 at earlier positions are poor: .* Measure it\.$/);
    const mean = await visit(['effects', '--prompt', JAPAN, '--mean-over', prompts, '--format', 'csv', '--kinds', 'neuron', '--top', '3']);
    assert.match(mean.stdout, /^component,layer,kind,head,expert,neuron,position,.*\r\nblocks\.\d\.mlp\.neuron\.\d+@\d,/);
    const graph = await visit(['graph', '--prompt', JAPAN, '--mean-over', prompts, '--by', 'effect']);
    assert.equal((JSON.parse(graph.stdout) as FlowGraph).effects?.prompts, 2);
  });

  it('names the file of a mean, and says that effects cancel and which estimates have the wrong sign', async () => {
    const prompts = path.join(folder, 'capitals.txt');
    writeFileSync(prompts, `${FRANCE}\n${JAPAN}\n`);
    const mean = await visit(['effects', '--prompt', JAPAN, '--mean-over', prompts, '--top', '1']);
    assert.match(mean.stdout, /each component at its mean over 2 prompts of capitals\.txt/);
    const json = await visit(['effects', '--prompt', JAPAN, '--top', '10', '--measure', '10', '--format', 'json']);
    const { strongest, heads, mlp } = JSON.parse(json.stdout) as Omit<Effects, 'strongest'> & {
      strongest: (ComponentEffect & { measured?: MeasuredEffect })[];
    };
    const { stdout } = await visit(['effects', '--prompt', JAPAN, '--top', '10', '--measure', '10']);
    const all = [...heads.flat(2), ...mlp.flat()].map((effect) => effect ?? 0);
    const [sum, absolute] = [all.reduce((total, x) => total + x, 0), all.reduce((total, x) => total + Math.abs(x), 0)];
    assert.equal(/nearly cancel/.test(stdout), absolute > 4 * Math.abs(sum));
    const wrong = strongest.filter(({ estimated, measured }) => measured && estimated * measured.measured < 0);
    assert.equal(/wrong sign/.test(stdout), wrong.length > 0);
    if (wrong.length > 0)
      assert.match(stdout, new RegExp(`^${wrong.length} of 10 estimates that were measured ha(?:s|ve) the wrong sign: `, 'm'));
  });

  it('ranks by what the logit itself loses when that is asked for', async () => {
    const args = ['--prompt', JAPAN, '--target', ' Tokyo', '--format', 'json', '--top', '1', '--measure', '1'];
    const of = async (...more: string[]) => {
      const { stdout } = await visit(['effects', ...args, ...more]);
      return JSON.parse(stdout) as Omit<Effects, 'strongest'> & { strongest: { component: string; measured: MeasuredEffect }[] };
    };
    const [centred, raw] = [await of(), await of('--of', 'raw')];
    assert.deepEqual([centred.effects.of, raw.effects.of, raw.target.measure], ['centred', 'raw', 'raw']);
    assert.ok(Math.abs(raw.effects.value - raw.target.logit) < 1e-3 && Math.abs(centred.effects.value - raw.effects.value) > 0.1);
    const [{ component, measured }] = raw.strongest;
    const changed = await visit(['graph', '--prompt', JAPAN, '--target', ' Tokyo', '--ablate', component]);
    const fall = raw.target.logit - (JSON.parse(changed.stdout) as FlowGraph).target.logit;
    assert.ok(Math.abs(measured.measured - fall) < 1e-3);
  });

  it('refuses what makes no sense with a sentence', async () => {
    const both = await visit(['effects', '--prompt', JAPAN, '--twin', FRANCE, '--mean-over', 'x']);
    assert.deepEqual([both.code, /cannot be used with/.test(both.stderr)], [2, true]);
    const outside = await visit(['effects', '--prompt', JAPAN, '--position', '40']);
    assert.deepEqual([outside.code, /Position 40 is outside the prompt/.test(outside.stderr)], [1, true]);
    const short = await visit(['effects', '--prompt', JAPAN, '--position', '2', '--twin', 'of']);
    assert.deepEqual([short.code, /The twin prompt is too short.*position 2/.test(short.stderr)], [1, true]);
  });
});
