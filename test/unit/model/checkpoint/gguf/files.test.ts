// cspell:ignore sinkx windox Xunt factox xlama xoken lineal forwarx
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { Problem } from '../../../../../src/core/problem';
import { ggufPlaces } from '../../../../../src/hub/gguf/places';
import { scanGguf } from '../../../../../src/hub/gguf/scan';
import { scanCache } from '../../../../../src/hub/cache/scan';
import { describeModel } from '../../../../../src/model/architecture/registry';
import { fingerprintOf } from '../../../../../src/model/checkpoint/fingerprint';
import { ggufFile } from '../../../../../src/model/checkpoint/gguf/gguf-file';
import { openCheckpoint } from '../../../../../src/model/checkpoint/open';
import { weightsFingerprint } from '../../../../../src/model/checkpoint/weights-fingerprint';
import type { CheckpointSource } from '../../../../../src/model/checkpoint/source';
import { deferred } from '../../../../support/deferred';
import { temporaryFolder } from '../../../../engine/checkpoint-files';
import { examples } from '../../../../support/examples';

const FIXTURES = join(__dirname, '../../../../oracle/gguf/fixtures');
const model = (name: string): string => join(FIXTURES, name, 'model.gguf');

describe('A model in GGUF', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (path: string, bytes: string | Buffer): string => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    return file;
  };
  /** Replaces a text of the header by one of the same length. */
  const changed = (name: string, text: string, other: string): Buffer => {
    const bytes = readFileSync(model(name));
    const at = bytes.indexOf(text);
    assert.ok(at > 0 && text.length === other.length, text);
    bytes.write(other, at, 'latin1');
    return bytes;
  };
  /** Sets the number of a key, which is four bytes after the type of its value. */
  const withNumber = (name: string, key: string, value: number, isFloat = false): Buffer => {
    const bytes = readFileSync(model(name));
    const at = bytes.indexOf(key) + key.length + 4;
    if (isFloat) bytes.writeFloatLE(value, at);
    else bytes.writeUInt32LE(value, at);
    return bytes;
  };
  /** Where the low byte of its number of experts is. */
  const countOf = (name: string): [number, number] => {
    const at = readFileSync(model(name)).indexOf('.expert_count') + '.expert_count'.length + 4;
    return [at, at + 1];
  };
  const opened = async (file: string) => describeModel(await openCheckpoint(file));
  const refused = (file: string, code: string, message: RegExp): Promise<void> =>
    assert.rejects(opened(file), (error) => {
      assert.ok(error instanceof Problem, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.hint, 'no next step');
      return true;
    });

  it('in several files is one model, whichever of its parts is named', async () => {
    const whole = await openCheckpoint(model('llama-in-parts/whole'));
    const parts = [1, 2].map((part) => join(folder, `model-0000${part}-of-00002.gguf`));
    parts.forEach((file, i) => copyFileSync(join(FIXTURES, 'llama-in-parts', `model-0000${i + 1}-of-00002.gguf`), file));
    for (const named of [...parts, folder]) {
      const { tensors } = await openCheckpoint(named);
      assert.deepEqual([...tensors.keys()].sort(), [...whole.tensors.keys()].sort());
    }
    assert.equal(await weightsFingerprint(parts[0]), await weightsFingerprint(model('llama-in-parts/whole')));
    const before = await fingerprintOf(parts[0]);
    rmSync(parts[1]);
    assert.notEqual(await fingerprintOf(parts[0]), before);
    await refused(parts[0], 'weights-missing', /in 2 files, and model-00002-of-00002\.gguf is missing/);
    copyFileSync(parts[0], parts[1]);
    await refused(parts[0], 'weights-invalid', /model-00002-of-00002\.gguf says that it is part 1 of 2/);
    await refused(put('renamed.gguf', readFileSync(parts[0])), 'weights-invalid', /part 1 of 2, and its name says another/);
  });

  it('of which one part is missing and another fails later ends with a cause, and nothing else fails', async () => {
    const first = 'model-00001-of-00002.gguf';
    const opening = deferred<never>();
    const source: CheckpointSource = {
      label: folder,
      name: 'model',
      files: new Set([first]),
      has: (file) => file === first,
      text: () => assert.fail(),
      bytes: () => assert.fail(),
      open: () => opening.promise,
    };
    const later: unknown[] = [];
    const keep = (reason: unknown): void => void later.push(reason);
    process.on('unhandledRejection', keep);
    try {
      await assert.rejects(ggufFile.tensors(source), { code: 'weights-missing' });
      opening.reject(new Error('the first part cannot be read'));
      // What nobody waits for is told of after the turn in which it failed.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', keep);
    }
    assert.deepEqual(later, []);
  });

  it('is known by its file: saved again or changed it is another, a copy has the same weights', async () => {
    const [file, copy] = [put('a.gguf', readFileSync(model('llama'))), put('b.gguf', readFileSync(model('llama')))];
    assert.notEqual(await fingerprintOf(file), await fingerprintOf(copy));
    assert.equal(await weightsFingerprint(file), await weightsFingerprint(copy));
    const bytes = readFileSync(file);
    bytes[bytes.length - 2] ^= 1;
    writeFileSync(copy, bytes);
    assert.notEqual(await weightsFingerprint(file), await weightsFingerprint(copy));
  });

  it('says what is quantised', async () => {
    const { report } = await opened(model('llama-blocks-of-256'));
    assert.match(report.notes[0].text, /quantised \(IQ4_XS, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K\).*arithmetic is in F32/);
    assert.deepEqual((await opened(model('llama'))).report.notes, []);
  });

  for (const [what, file, code, message] of [
    ['an architecture that is not known', changed('llama', 'llama', 'xlama'), 'unknown-architecture', /architecture "xlama"/],
    ['no size', changed('qwen2', 'qwen2.block_count', 'qwen2.block_cXunt'), 'config-invalid', /qwen2\.block_count is missing/],
    ['no blocks', withNumber('qwen2', 'qwen2.block_count', 0), 'config-invalid', /block_count is 0, not a size/],
    ['blocks that it has not', withNumber('qwen2', 'qwen2.block_count', 3), 'weights-missing', /lacks weights/],
    ['billions of blocks', withNumber('qwen2', 'qwen2.block_count', 4e9), 'config-invalid', /num_hidden_layers/],
    ['heads that do not share the width', withNumber('qwen2', 'qwen2.attention.head_count', 7), 'config-invalid', /head_count|multiple/],
    ['a rotation that is wider than its heads', withNumber('qwen2', 'rope.dimension_count', 8), 'config-invalid', /dimension_count is 8/],
    ['a rotation of an odd width', withNumber('qwen2', 'rope.dimension_count', 3), 'config-invalid', /dimension_count is 3/],
    ['a base below 0', withNumber('qwen2', 'rope.freq_base', -1, true), 'config-invalid', /freq_base is -1/],
    ['a base that is no number', withNumber('qwen2', 'rope.freq_base', NaN, true), 'config-invalid', /freq_base is null/],
    ['a stretching that is not known', changed('llama-linear', 'linear', 'lineal'), 'config-invalid', /"lineal"/],
    ['no factor of its stretching', changed('llama-yarn', 'scaling.factor', 'scaling.factox'), 'config-invalid', /factor is missing/],
    [
      'a factor that is no number',
      withNumber('llama-yarn', 'scaling.factor', Infinity, true),
      'config-invalid',
      /factor is null, not a number/,
    ],
    ['rows that are not those of its heads', withNumber('llama', 'attention.head_count_kv', 5), 'weights-invalid', /rows, which are not/],
    ['billions of experts', withNumber('mixtral', 'llama.expert_count', 4e9), 'config-invalid', /expert_count is 4000000000, more than/],
    [
      'experts that it has not',
      withNumber('olmoe', 'olmoe.expert_count', 7),
      'weights-invalid',
      /6 rows, which are not the 7 of its 7 parts/,
    ],
    ['more experts chosen than there are', withNumber('olmoe', 'expert_used_count', 7), 'config-invalid', /is 7, but there are 6 experts/],
    ['no width of its experts', changed('qwen3-moe', 'expert_feed_forward', 'expert_feed_forwarx'), 'config-invalid', /length is missing/],
    ['a router that it lacks', changed('mixtral', 'blk.1.ffn_gate_inp', 'blk.1.ffn_gate_inq'), 'weights-missing', /lacks weights/],
    [
      'billions of norms of heads',
      withNumber('stablelm', 'attention.head_count', 4e9),
      'config-invalid',
      /head_count is 4000000000, more than/,
    ],
    [
      'as many experts as DeepSeek chooses in groups, and no groups',
      Buffer.from(changed('deepseek2-sigmoid', 'expert_group_count', 'expert_group_counx')).fill(160, ...countOf('deepseek2-sigmoid')),
      'config-invalid',
      /expert_group_count is missing, and models with 160 experts choose them in groups/,
    ],
    [
      'a gate that no such model has',
      withNumber('deepseek2-sigmoid', 'expert_gating_func', 4),
      'config-invalid',
      /expert_gating_func is 4/,
    ],
    [
      'no feature that is not rotated',
      withNumber('deepseek2', 'key_length_mla', 4),
      'config-invalid',
      /key_length is 4, of which 4 features are rotated/,
    ],
    ['more blocks for further tokens than it has', withNumber('glm4moe', 'block_count', 0), 'config-invalid', /block_count is 0/],
    ['another width of values', withNumber('deepseek2', 'value_length_mla', 9), 'weights-invalid', /kv_b_proj\.v\.weight .*shape|o_proj/],
    ['half of what makes keys and values', changed('deepseek2', 'blk.1.attn_v_b', 'blk.1.attn_v_x'), 'weights-missing', /lacks weights/],
    ['heads without their sinks', changed('gpt-oss', 'blk.1.attn_sinks', 'blk.1.attn_sinkx'), 'weights-missing', /self_attn\.sinks/],
    [
      'experts without their biases',
      changed('gpt-oss', 'blk.2.ffn_up_exps.bias', 'blk.2.ffn_ux_exps.bias'),
      'weights-missing',
      /experts\.0\.up_proj\.bias/,
    ],
    ['no window', changed('gpt-oss', 'sliding_window', 'sliding_windox'), 'config-invalid', /sliding_window is missing/],
    ['no token table', changed('llama', 'token_embd', 'xoken_embd'), 'weights-missing', /token table/],
  ] as const) {
    it(`is refused with ${what}, with the cause and what to do`, () => refused(put('x.gguf', file), code, message));
  }

  it('that is a mixture of another architecture is refused by its name', () => {
    const bytes = readFileSync(model('olmoe'));
    for (let at = bytes.indexOf('olmoe'); at > 0 && at < 2000; at = bytes.indexOf('olmoe', at + 1)) bytes.write('olmo2', at);
    return refused(put('x.gguf', bytes), 'unknown-architecture', /mixture of experts of the architecture "olmo2"/);
  });

  for (const name of [
    'llama-llama3',
    'mixtral',
    'qwen2-moe',
    'stablelm',
    'mpt',
    'exaone4',
    'cohere2',
    'deepseek2',
    'glm4moe',
    'gpt-oss',
    'llama4',
  ])
    it(`with bytes of its header changed is opened, or refused with a cause: ${name}`, async () => {
      const whole = readFileSync(model(name));
      let accepted = 0;
      const edits = fc.array(fc.tuple(fc.nat(1800), fc.nat(255)), { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(edits, async (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          try {
            await opened(put('fuzzed.gguf', bytes));
            accepted++;
          } catch (error) {
            assert.ok(error instanceof Problem, String(error));
            assert.notEqual(error.code, 'internal');
          }
        }),
        { numRuns: examples(100) },
      );
      assert.ok(accepted > 0, 'no file was accepted, so nothing was tested');
    });

  it('of Ollama, LM Studio and llama.cpp is found under its name there', async () => {
    const digest = 'a'.repeat(64);
    const blob = put(`.ollama/models/blobs/sha256-${digest}`, readFileSync(model('llama')));
    const manifest = JSON.stringify({
      layers: [
        { mediaType: 'application/vnd.ollama.image.template', digest: `sha256:${'b'.repeat(64)}` },
        { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}` },
      ],
    });
    for (const name of ['registry.ollama.ai/library/tiny/1b', 'registry.ollama.ai/ada/tiny/latest', 'hf.co/org/name/Q4_K_M'])
      put(`.ollama/models/manifests/${name}`, manifest);
    put(
      '.ollama/models/manifests/registry.ollama.ai/library/broken/latest',
      '{"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"../../secret"}]}',
    );
    put('.lmstudio/models/org/repo/model.gguf', readFileSync(model('gemma2')));
    for (const name of ['mmproj-model.gguf', 'model-mmproj-f16.gguf']) put(`.lmstudio/models/org/repo/${name}`, 'sees');
    put('.cache/llama.cpp/broken.gguf', 'GGUF');
    const found = await scanGguf(ggufPlaces({}, folder, 'linux'));
    const here = found.filter(({ folder: file }) => file.startsWith(folder));
    assert.deepEqual(
      here.map(({ name, program, family, problem }) => [name, program, family, problem?.code]),
      [
        ['hf.co/org/name:Q4_K_M', 'Ollama', 'llama', undefined],
        ['ada/tiny:latest', 'Ollama', 'llama', undefined],
        ['tiny:1b', 'Ollama', 'llama', undefined],
        [join('org', 'repo', 'model.gguf'), 'LM Studio', 'gemma2', undefined],
        ['broken.gguf', 'llama.cpp', null, 'weights-truncated'],
      ],
    );
    assert.equal((await openCheckpoint(blob)).name, 'hf.co/org/name:Q4_K_M');
  });

  it('looks where the environment says', () => {
    const named = ggufPlaces({ OLLAMA_MODELS: '/o', LLAMA_CACHE: '/l' }, '/home/ada', 'linux');
    assert.deepEqual([named.ollama, named.llamaCpp], [['/o'], ['/l']]);
    assert.deepEqual(ggufPlaces({}, '/home/ada', 'darwin').llamaCpp, [join('/home/ada', 'Library', 'Caches', 'llama.cpp')]);
  });

  it('beside others in one repository of the Hugging Face cache is listed on its own', async () => {
    const root = 'models--ada--tiny-GGUF';
    for (const name of ['llama', 'qwen2']) {
      put(`${root}/blobs/${name}`, readFileSync(model(name)));
      mkdirSync(join(folder, root, 'snapshots', 'abc'), { recursive: true });
      symlinkSync(join('..', '..', 'blobs', name), join(folder, root, 'snapshots', 'abc', `${name}.gguf`));
    }
    const cached = await scanCache(folder);
    assert.deepEqual(
      cached.map(({ id, file, family, problem }) => [id, file, family, problem]),
      [
        ['ada/tiny-GGUF', 'llama.gguf', 'llama', null],
        ['ada/tiny-GGUF', 'qwen2.gguf', 'qwen2', null],
      ],
    );
    assert.equal((await openCheckpoint(cached[0].folder)).tensors.size, 21);
  });
});
