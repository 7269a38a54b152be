import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem, type ProblemCode } from '../../../../src/core/problem';
import { openCheckpoint } from '../../../../src/model/checkpoint/open';
import { filesOf, type WeightType } from '../../../../src/model/checkpoint/storage';
import { layOut, safetensors, temporaryFolder } from '../../../engine/checkpoint-files';

describe('opening a checkpoint', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (name: string, content: string | Buffer): void => writeFileSync(join(folder, name), content);
  const putConfig = (): void => put('config.json', '{"model_type":"gpt2"}');
  const tensor = (name: string, shape: number[]): Buffer => {
    const { header, byteLength } = layOut({ [name]: shape });
    return safetensors(header, Buffer.alloc(byteLength));
  };
  const putIndex = (weight_map: unknown): void => put('model.safetensors.index.json', JSON.stringify({ metadata: {}, weight_map }));

  async function rejects(code: ProblemCode, ...words: RegExp[]): Promise<void> {
    await assert.rejects(openCheckpoint(folder), (error) => {
      assert.ok(error instanceof Problem, String(error));
      assert.equal(error.code, code, error.message);
      for (const word of words) assert.match(`${error.message} ${error.hint ?? ''}`, word);
      return true;
    });
  }

  it('says where every float tensor lies, and names the others with their type', async () => {
    putConfig();
    const header = {
      __metadata__: { format: 'pt' },
      half: { dtype: 'F16', shape: [3], data_offsets: [0, 6] },
      brain: { dtype: 'BF16', shape: [1, 2], data_offsets: [6, 10] },
      mask: { dtype: 'BOOL', shape: [2], data_offsets: [10, 12] },
      scalar: { dtype: 'F32', shape: [], data_offsets: [12, 16] },
      empty: { dtype: 'F32', shape: [0, 4], data_offsets: [16, 16] },
    };
    const bytes = safetensors(`${JSON.stringify(header)}    `, Buffer.alloc(16));
    put('model.safetensors', bytes);
    const checkpoint = await openCheckpoint(folder);
    const data = bytes.length - 16;
    const file = realpathSync(join(folder, 'model.safetensors'));
    const lies = (dtype: WeightType, offset: number, byteLength: number) => ({ kind: 'dense', dtype, bytes: { file, offset, byteLength } });
    assert.deepEqual(
      [...checkpoint.tensors.values()],
      [
        { name: 'half', shape: [3], storage: lies('F16', data, 6) },
        { name: 'brain', shape: [1, 2], storage: lies('BF16', data + 6, 4) },
        { name: 'scalar', shape: [], storage: lies('F32', data + 12, 4) },
        { name: 'empty', shape: [0, 4], storage: lies('F32', data + 16, 0) },
      ],
    );
    assert.deepEqual(
      Array.from(checkpoint.skipped, ([name, { dtype }]) => [name, dtype]),
      [['mask', 'BOOL']],
    );
    assert.deepEqual(checkpoint.config, { model_type: 'gpt2' });
  });

  it('gathers the tensors of all shards that an index names', async () => {
    putConfig();
    put('model-1.safetensors', tensor('a', [2]));
    put('model-2.safetensors', tensor('b', [3]));
    putIndex({ a: 'model-1.safetensors', b: 'model-2.safetensors' });
    const { tensors } = await openCheckpoint(folder);
    assert.deepEqual(
      [...tensors.values()].map(({ name, storage }) => [name, filesOf(storage)]),
      [1, 2].map((i) => [' ab'[i], [realpathSync(join(folder, `model-${i}.safetensors`))]]),
    );
  });

  it('follows the links of a Hugging Face cache and shows organisation and name', async () => {
    const snapshot = join(folder, 'models--org--some-model', 'snapshots', 'abc');
    const blobs = join(folder, 'models--org--some-model', 'blobs');
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(blobs);
    writeFileSync(join(blobs, '1'), '{}');
    writeFileSync(join(blobs, '2'), tensor('a', [1]));
    symlinkSync('../../blobs/1', join(snapshot, 'config.json'));
    symlinkSync('../../blobs/2', join(snapshot, 'model.safetensors'));
    const checkpoint = await openCheckpoint(snapshot);
    assert.equal(checkpoint.name, 'org/some-model');
    assert.deepEqual(
      [...checkpoint.tensors.values()].flatMap(({ storage }) => filesOf(storage)),
      [realpathSync(join(blobs, '2'))],
    );
    folder = join(folder, 'models--org--some-model');
    await rejects('not-a-checkpoint', /snapshots.abc/);
    folder = join(folder, '..');
  });

  it('refuses a folder without config.json', () => rejects('not-a-checkpoint', /config\.json/));

  it('refuses a folder that does not exist and a file in its place', async () => {
    await assert.rejects(openCheckpoint(join(folder, 'nowhere')), { code: 'not-a-checkpoint', message: /no folder/ });
    put('file', '');
    await assert.rejects(openCheckpoint(join(folder, 'file')), { code: 'not-a-checkpoint', message: /is a file/ });
  });

  it('asks for one of several GGUF files in a folder', () => {
    put('one.gguf', '');
    put('other.gguf', '');
    return rejects('not-a-checkpoint', /several GGUF files: choose one/);
  });

  it('opens a GGUF file alone, and a folder that holds nothing else', async () => {
    put('model.gguf', readFileSync(join(__dirname, '..', '..', '..', 'oracle', 'gguf', 'fixtures', 'llama', 'model.gguf')));
    const inFolder = await openCheckpoint(folder);
    const alone = await openCheckpoint(join(folder, 'model.gguf'));
    assert.equal(alone.tensors.size, 21);
    assert.deepEqual(alone.tensors, inFolder.tensors);
    await assert.rejects(openCheckpoint(join(folder, 'model.gguf', 'deeper')), { code: 'not-a-checkpoint' });
  });

  it('opens the model beside a projector of images, and refuses the projector by what it is', async () => {
    const bytes = readFileSync(join(__dirname, '..', '..', '..', 'oracle', 'gguf', 'fixtures', 'llama', 'model.gguf'));
    put('model.gguf', bytes);
    for (const name of ['mmproj-model-f16.gguf', 'model.mmproj-Q8_0.GGUF', 'a-model-mmproj.gguf']) put(name, 'sees');
    assert.equal((await openCheckpoint(folder)).tensors.size, 21);
    const at = bytes.indexOf('general.architecture') + 'general.architecture'.length + 4;
    assert.equal(bytes.readBigUInt64LE(at), 5n);
    const clip = Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from('clip'),
      bytes.subarray(at + 13),
      Buffer.alloc(32),
    ]);
    put('mmproj-model-f16.gguf', clip);
    await assert.rejects(openCheckpoint(join(folder, 'mmproj-model-f16.gguf')), (error) => {
      assert.ok(error instanceof Problem && error.code === 'unknown-architecture', String(error));
      assert.match(error.message, /projector, mmproj\), not a model/);
      assert.match(error.hint ?? '', /beside it/);
      return true;
    });
  });

  for (const [what, text] of [
    ['broken', '{"model_type":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['empty', ''],
  ] as const) {
    it(`refuses a config.json that is ${what}`, () => {
      put('config.json', text);
      return rejects('config-invalid', /config\.json/);
    });
  }

  it('keeps a config key named __proto__ a plain key', async () => {
    put('config.json', '{"__proto__":{"polluted":true}}');
    put('model.safetensors', tensor('a', [1]));
    const { config } = await openCheckpoint(folder);
    assert.equal(config['polluted'], undefined);
    assert.equal(Object.hasOwn({}, 'polluted'), false);
  });

  it('says that the weights are missing', () => {
    putConfig();
    return rejects('weights-missing', /model\.safetensors/);
  });

  it('reads the tensors of pytorch_model.bin, and of its shards', async () => {
    putConfig();
    const weights = readFileSync(join(__dirname, 'torch', 'fixtures', 'zip.bin'));
    put('pytorch_model.bin', weights);
    const { tensors, skipped } = await openCheckpoint(folder);
    assert.deepEqual([...tensors.keys()], ['rows', 'tied', 'last', 'brain', 'half', 'parameter', 'empty', 'scalar']);
    assert.deepEqual(
      new Map(Array.from(skipped, ([name, { dtype }]) => [name, dtype])),
      new Map([
        ['turned', 'F32 in another order or sign'],
        ['mask', 'BOOL'],
        ['eighth', 'F8_E4M3'],
      ]),
    );
    rmSync(join(folder, 'pytorch_model.bin'));
    put('pytorch_model-00001-of-00001.bin', weights);
    put('pytorch_model.bin.index.json', JSON.stringify({ weight_map: { rows: 'pytorch_model-00001-of-00001.bin' } }));
    assert.equal((await openCheckpoint(folder)).tensors.size, tensors.size);
  });

  it('runs no code that a pytorch_model.bin brings along', () => {
    putConfig();
    put('pytorch_model.bin', readFileSync(join(__dirname, 'torch', 'fixtures', 'hostile.bin')));
    return rejects('weights-invalid', /contains code, and VISIT does not run it/, /safetensors/);
  });

  it('says how to convert a checkpoint that only TensorFlow reads', () => {
    putConfig();
    put('tf_model.h5', '');
    return rejects('weights-missing', /tf_model\.h5/, /save_pretrained/);
  });

  it('says what a file is that was saved in the place of another', async () => {
    putConfig();
    put('model.safetensors', '<!DOCTYPE html><html>Log in</html>');
    await rejects('weights-invalid', /is a text, not weights/, /account/);
    put('model.safetensors', tensor('a', [1]));
    put('config.json', '\uFEFF{"model_type":"gpt2"}');
    assert.equal((await openCheckpoint(folder)).config['model_type'], 'gpt2');
    put('config.json', Buffer.from('{"model_type":"gpt2"}', 'utf16le'));
    await rejects('config-invalid', /not text in UTF-8/);
    put('config.json', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
    await rejects('config-invalid', /Git LFS pointer/, /git lfs pull/);
    rmSync(join(folder, 'config.json'));
    mkdirSync(join(folder, 'config.json'));
    await rejects('io', /config\.json is a folder, where a file is needed/);
  });

  it('names the folder of a file that belongs to a model', async () => {
    putConfig();
    put('model.safetensors', tensor('a', [1]));
    await assert.rejects(
      openCheckpoint(join(folder, 'model.safetensors')),
      (error) => error instanceof Problem && (error.hint ?? '').endsWith(`its folder, ${folder}.`),
    );
  });

  it('names the index that shards lack', async () => {
    putConfig();
    put('model-00001-of-00002.safetensors', tensor('a', [1]));
    await rejects(
      'weights-missing',
      /holds model-00001-of-00002\.safetensors, and no model\.safetensors\.index\.json/,
      /Download model\.safetensors\.index\.json/,
    );
  });

  it('says what to do about a Git LFS pointer', () => {
    putConfig();
    put('model.safetensors', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
    return rejects('weights-invalid', /git lfs pull/);
  });

  it('says that a directory in place of the weights is no file', () => {
    putConfig();
    mkdirSync(join(folder, 'model.safetensors'));
    return rejects('weights-invalid', /not a file/);
  });

  it('says that a link to nowhere is a missing file', () => {
    putConfig();
    symlinkSync('../blobs/gone', join(folder, 'model.safetensors'));
    return rejects('weights-missing', /model\.safetensors is missing/);
  });

  it('names a shard that is missing', () => {
    putConfig();
    put('model-1.safetensors', tensor('a', [2]));
    putIndex({ a: 'model-1.safetensors', b: 'model-2.safetensors' });
    return rejects('weights-missing', /model-2\.safetensors/);
  });

  it('names a tensor that its shard does not hold', () => {
    putConfig();
    put('model-1.safetensors', tensor('a', [2]));
    putIndex({ a: 'model-1.safetensors', b: 'model-1.safetensors' });
    return rejects('weights-missing', /model-1\.safetensors holds "b"/);
  });

  for (const shard of ['../secret.safetensors', '/etc/passwd', 'x/../../y', '..\\y', 'C:\\y', '', 'a\0b']) {
    it(`refuses an index that points to ${JSON.stringify(shard)}`, () => {
      putConfig();
      putIndex({ a: shard });
      return rejects('weights-invalid', /outside/);
    });
  }

  for (const map of [undefined, null, 3, { a: 1 }, ['x']]) {
    it(`refuses an index whose weight map is ${JSON.stringify(map)}`, () => {
      putConfig();
      putIndex(map);
      return rejects('weights-invalid', /weight_map/);
    });
  }

  it('says which file may not be read', async function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) {
      // Everyone may read everything here: a name that the file system refuses stands in for it.
      await assert.rejects(openCheckpoint(`${folder}/a\0b`), { code: 'io' });
      return;
    }
    putConfig();
    put('model.safetensors', tensor('a', [1]));
    chmodSync(join(folder, 'model.safetensors'), 0);
    await rejects('io', /model\.safetensors/);
  });
});
