// cspell:ignore modeling
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../../../src/core/problem';
import { GraphBuilder, type Value } from '../../../src/engine/onnx/graph-builder';
import { inputRowNorms, inputRows, outputColumns, times, timesTransposed } from '../../../src/engine/onnx/products';
import { DataType } from '../../../src/engine/onnx/proto';
import { floats, indices, SessionPool, type Feed } from '../../../src/engine/onnx/session-pool';
import { reshape } from '../../../src/engine/onnx/shapes';
import { Weights } from '../../../src/engine/onnx/weights';
import { describeModel } from '../../../src/model/architecture/registry';
import { baseOf, findBase, repositoryOfBase } from '../../../src/model/checkpoint/adapter/find-base';
import type { JsonObject } from '../../../src/model/checkpoint/json';
import { doubts } from '../../../src/model/checkpoint/adapter/belongs';
import { fingerprintOf } from '../../../src/model/checkpoint/fingerprint';
import { weightsFingerprint } from '../../../src/model/checkpoint/weights-fingerprint';
import { chooseBase, openCheckpoint } from '../../../src/model/checkpoint/open';
import { temporaryFolder } from '../../engine/checkpoint-files';
import { relativeDifference } from '../fixture';
import { changeConfig } from './adapter-config';
import { assertMerged, FIXTURES } from './merged';

describe('A LoRA adapter', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  const refused = (...words: RegExp[]): Promise<void> =>
    assert.rejects(
      async () => describeModel(await openCheckpoint(path.join(folder, 'adapter'))),
      (error) => {
        assert.ok(error instanceof Problem && error.hint, String(error));
        for (const word of words) assert.match(`${error.message} ${error.hint}`, word);
        return true;
      },
    );

  for (const name of readdirSync(FIXTURES)) {
    it(`${name}: with the base beside it, computes what the merged model does`, () =>
      assertMerged(name, path.join(FIXTURES, name, 'adapter')));
  }

  it('in the folder of its base is applied to it', async () => {
    cpSync(path.join(FIXTURES, 'llama', 'base'), folder, { recursive: true });
    cpSync(path.join(FIXTURES, 'llama', 'adapter'), folder, { recursive: true });
    await assertMerged('llama', folder);
  });

  it('finds its base in the Hugging Face cache', async () => {
    cpSync(path.join(FIXTURES, 'llama', 'adapter'), path.join(folder, 'adapter'), { recursive: true });
    await refused(/someone\/base.*neither beside it nor in the Hugging Face cache/, /Download someone\/base/);
    const before = process.env['HF_HUB_CACHE'];
    process.env['HF_HUB_CACHE'] = path.join(folder, 'cache');
    try {
      const snapshot = path.join(folder, 'cache', 'models--someone--base', 'snapshots', '0'.repeat(40));
      cpSync(path.join(FIXTURES, 'llama', 'base'), snapshot, { recursive: true });
      await assertMerged('llama', path.join(folder, 'adapter'));
    } finally {
      if (before === undefined) delete process.env['HF_HUB_CACHE'];
      else process.env['HF_HUB_CACHE'] = before;
    }
  });

  it('finds its base from a folder above, as training wrote its path, and nothing by a single name', async () => {
    const adapter = path.join(folder, 'runs', 'today', 'adapter');
    cpSync(path.join(FIXTURES, 'llama', 'adapter'), adapter, { recursive: true });
    cpSync(path.join(FIXTURES, 'llama', 'base'), path.join(folder, 'models', 'small'), { recursive: true });
    cpSync(path.join(FIXTURES, 'llama', 'base'), path.join(folder, 'small'), { recursive: true });
    for (const [name, found] of [
      ['models/small', 'models/small'],
      ['./models/small/', 'models/small'],
      ['models\\small', 'models/small'],
      ['small', null],
      ['other/small', null],
    ] as const)
      assert.equal(await findBase(adapter, { base: name }), found && path.join(folder, found), name);
  });

  it('finds its base by its model card where its settings name none, or a place that is not here', async () => {
    const adapter = path.join(folder, 'adapter');
    cpSync(path.join(FIXTURES, 'llama', 'adapter'), adapter, { recursive: true });
    cpSync(path.join(FIXTURES, 'llama', 'base'), path.join(folder, 'published'), { recursive: true });
    const file = path.join(adapter, 'adapter_config.json');
    const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const given = (base: unknown, card: string): void => {
      writeFileSync(file, JSON.stringify({ ...settings, base_model_name_or_path: base }));
      writeFileSync(path.join(adapter, 'README.md'), card);
    };
    const card = (says: string): string => `---\nlibrary_name: peft\n${says}\ntags:\n- lora\n---\n\nbase_model: not/this\n`;
    for (const base of [null, '', '/home/ada/models/llama', './out', 'C:\\models\\llama'])
      for (const says of [
        'base_model: org/published',
        'base_model: "org/published"',
        'base_model:\n  - org/published',
        'base_model:\r\n- org/published',
      ]) {
        given(base, card(says));
        assert.equal(await repositoryOfBase(adapter), 'org/published');
        assert.equal(await baseOf(adapter), path.join(folder, 'published'));
      }
    const { notes, adapter: applied } = await openCheckpoint(adapter);
    assert.deepEqual([applied?.base, notes?.filter(({ kind }) => kind === 'warning')], ['org/published', []]);
    // A path that is there is what was meant, whatever the card says.
    given(path.join(folder, 'published'), card('base_model: org/other'));
    assert.equal(await baseOf(adapter), path.join(folder, 'published'));
    assert.deepEqual(
      (await openCheckpoint(adapter)).notes?.filter(({ kind }) => kind === 'warning'),
      [],
    );
    given('someone/base', card('base_model: org/published'));
    assert.equal(await repositoryOfBase(adapter), 'someone/base');
    for (const says of ['base_model: ../../secret', 'base_model:\n- a/b\n- c/d', 'base_model:', 'other: a/b']) {
      given(null, card(says));
      assert.equal(await repositoryOfBase(adapter), null, says);
      await refused(/not a whole model\./, /base/);
    }
  });

  it('is opened with the base that was chosen for it, wherever another lies, as long as that is there', async () => {
    const before = { XDG_DATA_HOME: process.env.XDG_DATA_HOME, LOCALAPPDATA: process.env.LOCALAPPDATA };
    Object.assign(process.env, { XDG_DATA_HOME: path.join(folder, 'data'), LOCALAPPDATA: path.join(folder, 'data') });
    try {
      const [adapter, chosen] = [path.join(folder, 'adapter'), path.join(folder, 'chosen')];
      cpSync(path.join(FIXTURES, 'llama'), folder, { recursive: true });
      cpSync(path.join(FIXTURES, 'llama', 'base'), chosen, { recursive: true });
      const unchosen = await fingerprintOf(adapter);
      await chooseBase(adapter, chosen);
      assert.equal((await openCheckpoint(adapter)).adapter?.appliedTo, 'chosen');
      assert.notEqual(await fingerprintOf(adapter), unchosen);
      await assertMerged('llama', adapter, /made for someone\/base, and is applied to chosen: unless that is the same model/);
      const problem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;
      await assert.rejects(chooseBase(adapter, path.join(FIXTURES, 'gpt2', 'base')), problem('base-misfit'));
      await assert.rejects(chooseBase(adapter, adapter), problem('not-a-checkpoint'));
      await assert.rejects(chooseBase(adapter, folder), problem('not-a-checkpoint'));
      await assert.rejects(chooseBase(chosen, chosen), problem('bad-request'));
      assert.equal((await openCheckpoint(adapter)).adapter?.appliedTo, 'chosen');
      rmSync(chosen, { recursive: true });
      assert.equal((await openCheckpoint(adapter)).adapter?.appliedTo, 'base');
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  const noted = async (place = 'adapter'): Promise<readonly string[]> => {
    const { notes } = await openCheckpoint(path.join(folder, place));
    return (notes ?? []).map(({ kind, text }) => `${kind}: ${text}`);
  };

  it('of another model of the same shapes is named, unless only owner, path or storage are called otherwise', async () => {
    cpSync(path.join(FIXTURES, 'llama'), folder, { recursive: true });
    for (const same of [
      'base',
      './base',
      '../base/',
      'other/Base-GGUF',
      'C:\\models\\base',
      'base-bnb-4bit',
      'base-Q4_K_M.gguf',
      'base-Q8_0',
      'base.IQ2_XS',
    ])
      assert.deepEqual((changeConfig(folder, { base_model_name_or_path: same }), await together('base')), [], same);
    for (const other of ['someone/base-instruct', 'base-1.1', 'base-xl', 'base-0.5', 'someone/other', '/models/mistral'])
      assert.match(
        (changeConfig(folder, { base_model_name_or_path: other }), await together('base')).join(),
        /^warning: .* made for .*, and is applied to base: /,
      );
    // A folder that holds both may be called anything; the model in it may not.
    cpSync(path.join(folder, 'base'), path.join(folder, 'adapter'), { recursive: true });
    assert.match((await noted()).join(), /^note: .* made for \/models\/mistral; the model beside it does not say what it is/);
    const file = path.join(folder, 'adapter', 'config.json');
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), _name_or_path: 'meta-llama/Llama-3' }));
    assert.match((await noted()).join(), /^warning: .* is applied to meta-llama\/Llama-3: /);
    changeConfig(folder, { base_model_name_or_path: null });
    assert.match((await noted()).join(), /^note: The adapter does not say which model/);
  });

  /** What is noted where a base was chosen. */
  const together = async (base: string): Promise<readonly string[]> => {
    const source = await openCheckpoint(path.join(folder, base));
    const config = JSON.parse(readFileSync(path.join(folder, 'adapter', 'adapter_config.json'), 'utf8')) as JsonObject;
    const adapter = { folder: path.join(folder, 'adapter'), base: config['base_model_name_or_path'] as string, config };
    const found = await doubts(adapter, source, (what) => new Problem('base-misfit', what));
    return found.map(({ kind, text }) => `${kind}: ${text}`);
  };

  it('for another task, or of another family’s code, is named or refused', async () => {
    cpSync(path.join(FIXTURES, 'llama'), folder, { recursive: true });
    const mapping = (module: string) => ({ auto_mapping: { base_model_class: 'Model', parent_library: module } });
    for (const own of ['transformers.models.llama.modeling_llama', 'transformers_modules.own.modeling', 'own']) {
      changeConfig(folder, mapping(own));
      assert.deepEqual(await noted(), [], own);
    }
    changeConfig(folder, { task_type: 'SEQ_CLS' });
    assert.match((await noted()).join(), /^warning: .*task_type is SEQ_CLS/);
    changeConfig(folder, mapping('transformers.models.mistral.modeling_mistral'));
    await refused(
      /made for a model of the family mistral, and its base is one of the family llama/,
      /Choose the model that it was made for/,
    );
  });

  it('is given the revision of its base that it asks for, and one that is not there is named', async () => {
    const before = process.env['HF_HUB_CACHE'];
    process.env['HF_HUB_CACHE'] = path.join(folder, 'cache');
    const root = path.join(folder, 'cache', 'models--someone--base');
    const [main, tuned, absent] = ['1', '2', '3'].map((digit) => digit.repeat(40));
    try {
      cpSync(path.join(FIXTURES, 'llama', 'adapter'), path.join(folder, 'adapter'), { recursive: true });
      for (const commit of [main, tuned])
        cpSync(path.join(FIXTURES, 'llama', 'base'), path.join(root, 'snapshots', commit), { recursive: true });
      mkdirSync(path.join(root, 'refs'));
      writeFileSync(path.join(root, 'refs', 'main'), main);
      writeFileSync(path.join(root, 'refs', 'tuned'), tuned);
      for (const [revision, commit] of [
        [null, main],
        ['main', main],
        ['tuned', tuned],
        [tuned, tuned],
        ['unknown', main],
      ] as const) {
        changeConfig(folder, { revision });
        assert.equal(await baseOf(path.join(folder, 'adapter')), path.join(root, 'snapshots', commit), String(revision));
        assert.deepEqual(await noted(), [], String(revision));
      }
      changeConfig(folder, { revision: absent });
      assert.match((await noted()).join(), /^warning: .* for revision 3{40} of its base, and is applied to 1{40}/);
    } finally {
      if (before === undefined) delete process.env['HF_HUB_CACHE'];
      else process.env['HF_HUB_CACHE'] = before;
    }
  });

  it('names the repository of its base, unless that is a folder', async () => {
    const adapter = path.join(folder, 'adapter');
    cpSync(path.join(FIXTURES, 'llama', 'adapter'), adapter, { recursive: true });
    assert.equal(await repositoryOfBase(adapter), 'someone/base');
    for (const base of [null, '', './base', '../base', '/models/base', 'a/b/c', 'base']) {
      changeConfig(folder, { base_model_name_or_path: base });
      assert.equal(await repositoryOfBase(adapter), null, String(base));
    }
    assert.equal(await repositoryOfBase(folder), null);
  });

  it('is another model when its base has changed', async () => {
    cpSync(path.join(FIXTURES, 'llama'), folder, { recursive: true });
    const before = await fingerprintOf(path.join(folder, 'adapter'));
    writeFileSync(path.join(folder, 'base', 'config.json'), `${readFileSync(path.join(folder, 'base', 'config.json'), 'utf8')}\n`);
    assert.notEqual(await fingerprintOf(path.join(folder, 'adapter')), before);
  });

  it('has other weights when its scale has changed', async () => {
    cpSync(path.join(FIXTURES, 'llama'), folder, { recursive: true });
    const before = await weightsFingerprint(path.join(folder, 'adapter'));
    changeConfig(folder, { lora_alpha: 9 });
    assert.notEqual(await weightsFingerprint(path.join(folder, 'adapter')), before);
  });

  for (const [change, word] of [
    [{ use_dora: true }, /DoRA/],
    [{ peft_type: 'IA3' }, /IA3/],
    [{ bias: 'all' }, /bias is "all"/],
    [{ init_lora_weights: 'pissa' }, /pissa/],
    [{ r: 'four' }, /r: /],
    [{ alpha_pattern: { '(': 1 } }, /not a pattern/],
    [{ alpha_pattern: { '(.*)*x': 1 } }, /repeats too much/],
    [{ alpha_pattern: { '.*.*.*.*.*x': 1 } }, /repeats too much/],
  ] as const) {
    it(`is refused by name: ${JSON.stringify(change)}`, async () => {
      cpSync(path.join(FIXTURES, 'llama'), folder, { recursive: true });
      changeConfig(folder, change);
      await refused(word);
    });
  }

  it('is refused where it was made for another base', async () => {
    cpSync(path.join(FIXTURES, 'gpt2', 'base'), path.join(folder, 'base'), { recursive: true });
    cpSync(path.join(FIXTURES, 'llama', 'adapter'), path.join(folder, 'adapter'), { recursive: true });
    await refused(/which its base in .*base does not have/, /Choose the model that it was made for/);
    // Chosen, it is refused as well, and nothing is remembered.
    await assert.rejects(chooseBase(path.join(folder, 'adapter'), path.join(folder, 'base')), { code: 'base-misfit' });
    rmSync(path.join(folder, 'base'), { recursive: true });
    await refused(/neither beside it nor in the Hugging Face cache/);
    cpSync(path.join(FIXTURES, 'phi3', 'base'), path.join(folder, 'base'), { recursive: true });
    await refused(/sizes .* which do not fit .* of its base in .*base|which its base in .*base does not have/);
    // In one folder there is no other base to choose.
    cpSync(path.join(FIXTURES, 'gpt2', 'base'), path.join(folder, 'adapter'), { recursive: true });
    await assert.rejects(openCheckpoint(path.join(folder, 'adapter')), { code: 'weights-invalid' });
  });

  for (const layout of ['out_in', 'in_out'] as const) {
    it(`changes rows, columns and norms of a weight as it changes its products: ${layout}`, async () => {
      const base = layout === 'out_in' ? 'llama' : 'gpt2';
      const { weights: found } = describeModel(await openCheckpoint(path.join(FIXTURES, base, 'adapter')));
      const tensor = layout === 'out_in' ? 'model.layers.0.mlp.down_proj.weight' : 'transformer.h.0.mlp.c_proj.weight';
      const [inputs, outputs] = [36, 24];
      assert.ok(found.get(tensor)?.update);
      const weights = new Weights(found);
      const compute = async (feeds: Record<string, Feed>, build: (b: GraphBuilder) => Value): Promise<Float32Array> => {
        const graph = (): Uint8Array => {
          const b = new GraphBuilder(weights);
          for (const [name, { data, shape }] of Object.entries(feeds))
            b.input(name, data instanceof Float32Array ? DataType.FLOAT : DataType.INT64, shape);
          b.output('result', reshape(b, build(b), [-1]), DataType.FLOAT, ['n']);
          return b.finish('weight');
        };
        const pool = new SessionPool(weights, { keep: false, threads: 1 });
        const result = await pool.use({ key: 'w', load: 'heavy', build: graph }, async (run) => (await run(feeds)).floats('result'));
        await pool.release();
        return result;
      };
      const unit = (size: number): Feed =>
        floats(
          Float32Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0)),
          [size, size],
        );
      const all = (size: number): Feed => indices(Array.from({ length: size }, (_, i) => i));
      const weight = { tensor, layout, inputs, outputs };
      const x = { name: 'x' };
      const close = (one: Float32Array, other: Float32Array): void => assert.ok(relativeDifference(one, other) < 1e-5);
      const rows = await compute({ x: unit(inputs) }, (b) => times(b, x, weight));
      const columns = await compute({ x: unit(outputs) }, (b) => timesTransposed(b, x, weight));
      close(
        columns,
        Float32Array.from({ length: rows.length }, (_, i) => rows[(i % inputs) * outputs + Math.floor(i / inputs)]),
      );
      close(await compute({ x: all(inputs) }, (b) => inputRows(b, weight, x)), rows);
      close(await compute({ x: all(outputs) }, (b) => outputColumns(b, weight, x)), columns);
      const norms = Float32Array.from({ length: inputs }, (_, i) => Math.hypot(...rows.subarray(i * outputs, (i + 1) * outputs)));
      close(await compute({}, (b) => inputRowNorms(b, weight, null)), norms);
    });
  }
});
