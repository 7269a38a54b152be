import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeModel, type DescribedModel } from '../../src/model/architecture/registry';
import { Problem } from '../../src/core/problem';
import { withCopies } from '../../src/model/checkpoint/copies';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { temporaryFolder } from '../engine/checkpoint-files';
import { readTensorFile, writeTensorFile, type TensorFile } from '../engine/tensor-file';

type Fields = Record<string, unknown>;

describe('A checkpoint as it is found in the wild', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  const take = (family: string): void => cpSync(join(__dirname, 'families', 'fixtures', family, 'model'), folder, { recursive: true });
  const config = (change: Fields): void => {
    const path = join(folder, 'config.json');
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as Fields), ...change }));
  };
  /** Saves the weights again, changed. */
  const weights = (change: (tensors: TensorFile) => TensorFile): void => {
    const path = join(folder, 'model.safetensors');
    writeTensorFile(path, change(readTensorFile(path)));
  };
  const renamed = (rename: (name: string) => string) => (tensors: TensorFile) =>
    new Map(Array.from(tensors, ([name, tensor]) => [rename(name), tensor]));
  const without = (name: string) => (tensors: TensorFile) => new Map([...tensors].filter(([other]) => other !== name));

  const opened = async (): Promise<DescribedModel> => describeModel(await withCopies(await openCheckpoint(folder)));
  const warnings = async (): Promise<string> => (await opened()).report.notes.map(({ kind, text }) => `${kind}: ${text}`).join('\n');
  const refused = (...words: RegExp[]): Promise<void> =>
    assert.rejects(opened(), (error) => {
      assert.ok(error instanceof Problem, String(error));
      for (const word of words) assert.match(`${error.message} ${error.hint}`, word);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /download/);
      return true;
    });

  it('says nothing where all is as it should be, and lists what it read', async () => {
    take('llama');
    const { report } = await opened();
    assert.deepEqual(report.notes, []);
    assert.deepEqual(report.unreadTensors, []);
    assert.ok(report.honoured.includes('hidden_act'));
    assert.ok(report.unreadFields.includes('use_cache'));
  });

  for (const [family, field, value] of [
    ['gemma3', 'use_bidirectional_attention', true],
    ['qwen2', 'is_causal', false],
    ['opt', 'add_cross_attention', true],
    ['bloom', 'pruned_heads', { 0: [1] }],
  ] as const) {
    it(`is refused for its ${field}`, async () => {
      take(family);
      config({ [field]: value });
      await refused(new RegExp(`${field} is`));
    });
  }

  it('is refused if it is quantised, by the method’s name', async () => {
    take('llama');
    config({ quantization_config: { quant_method: 'bitnet' } });
    await refused(/quantised with bitnet/, /while it runs/);
    weights(renamed((name) => name.replace('up_proj.weight', 'up_proj.qweight')));
    config({ quantization_config: { quant_method: 'hqq' } });
    await refused(/quantised with hqq/, /packed/);
    config({ quantization_config: { quant_method: 'awq', version: 'gemv_fast' } });
    await refused(/quantised with awq/, /in the order gemv_fast/);
    config({ quantization_config: { quant_method: 'compressed-tensors', format: 'nvfp4-pack-quantized' } });
    await refused(/quantised with compressed-tensors/, /nvfp4-pack-quantized/);
    config({ quantization_config: null });
    await refused(/up_proj\.qweight/);
  });

  it('uses a head of its own although config.json says that it is tied, and says so', async () => {
    take('llama');
    config({ tie_word_embeddings: true });
    const { spec, report } = await opened();
    assert.equal(spec.unembedding.table.weight.tensor, 'lm_head.weight');
    assert.match(report.notes[0].text, /lm_head\.weight is stored and differs/);
    weights((tensors) => {
      const table = tensors.get('model.embed_tokens.weight');
      return table ? new Map([...tensors, ['lm_head.weight', table]]) : tensors;
    });
    const equal = await opened();
    assert.deepEqual(equal.report.notes, []);
    assert.equal(equal.spec.unembedding.table.weight.tensor, 'model.embed_tokens.weight');
  });

  it('opens where a tied pair is stored as the head', async () => {
    take('llama');
    config({ tie_word_embeddings: true });
    weights(without('model.embed_tokens.weight'));
    const { spec } = await opened();
    assert.equal(spec.embedding.tokens.tensor, 'lm_head.weight');
    assert.equal(spec.unembedding.table.weight.tensor, 'lm_head.weight');
  });

  it('names the class of its own and the weights of blocks that nothing reads', async () => {
    take('llama-biased');
    config({ attention_bias: false, architectures: ['BitnetForCausalLM'], auto_map: { AutoModelForCausalLM: 'x.Bitnet' } });
    const text = await warnings();
    assert.match(text, /warning: .*BitnetForCausalLM.*auto_map/);
    assert.match(text, /warning: .*model\.layers\.\*\.self_attn\.q_proj\.bias \(\d\)/);
  });

  it('opens under names that a wrapper gave its tensors, and says which', async () => {
    take('llama');
    weights(renamed((name) => `_orig_mod.${name}`));
    assert.match(await warnings(), /note: .*_orig_mod\./);
    weights(renamed((name) => name.replace('_orig_mod.', 'student.')));
    await refused(/“student\.” in front/);
  });

  it('opens if it was saved without a prefix', async () => {
    take('falcon-7b');
    weights(renamed((name) => name.replace('transformer.', '')));
    assert.equal((await opened()).spec.embedding.tokens.tensor, 'word_embeddings.weight');
  });

  it('is refused without an unembedding, saying what it is', async () => {
    take('llama');
    config({ architectures: ['LlamaForSequenceClassification'] });
    weights(renamed((name) => name.replace('lm_head', 'score')));
    await refused(/no unembedding/, /score\.weight/, /LlamaForSequenceClassification/);
    config({ architectures: ['LlamaModel'] });
    weights(without('score.weight'));
    await refused(/without a head/, /LlamaModel/);
  });

  it('is refused in double precision, saying how to save it again', async () => {
    take('llama');
    weights(
      (tensors) => new Map(Array.from(tensors, ([name, t]) => [name, { ...t, dtype: 'F64', bytes: Buffer.concat([t.bytes, t.bytes]) }])),
    );
    await refused(/stored as F64/, /float32/);
  });

  it('names an adapter beside it that is not applied, and one that lies alone', async () => {
    take('llama');
    const about = { peft_type: 'LORA', base_model_name_or_path: 'example/base' };
    writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify(about));
    assert.match(await warnings(), /warning: An adapter of example\/base .*not applied/);
    rmSync(join(folder, 'config.json'));
    await refused(/LoRA adapter of example\/base/, /neither beside it nor in the Hugging Face cache/);
  });

  for (const [outer, family, prefix] of [
    ['gemma3', 'gemma3', 'model.language_model.'],
    ['gemma3', 'gemma3', 'language_model.model.'],
    ['llama4', 'llama4', 'language_model.model.'],
    ['llava', 'llama', 'language_model.model.'],
    ['mistral3', 'mistral', 'language_model.model.'],
    ['qwen2_5_vl', 'qwen2-published', 'model.language_model.'],
    ['qwen2_vl', 'qwen2-published', 'model.'],
    ['qwen3_vl', 'qwen3', 'model.language_model.'],
    ['smolvlm', 'llama', 'model.text_model.'],
  ] as const) {
    it(`opens the language model of a ${outer} model whose tensors begin with ${prefix}, and names what is left out`, async () => {
      take(family);
      const alone = (await opened()).spec;
      const path = join(folder, 'config.json');
      const text = JSON.parse(readFileSync(path, 'utf8')) as Fields;
      const tied = { tie_word_embeddings: text['tie_word_embeddings'] };
      // The first files of Qwen 2 VL say all in one.
      const whole = prefix === 'model.' ? { ...text, ...tied, model_type: outer } : { ...tied, model_type: outer, text_config: text };
      writeFileSync(path, JSON.stringify({ ...whole, vision_config: {}, architectures: ['XForConditionalGeneration'] }));
      weights((tensors) => {
        const moved = renamed((name) => name.replace(/^model\./, prefix))(tensors);
        const [tower] = tensors.values();
        return new Map([...moved, ['visual.blocks.0.norm.weight', tower]]);
      });
      const { spec, report } = await opened();
      assert.deepEqual(spec, alone);
      assert.deepEqual(
        report.notes.map(({ kind }) => kind),
        ['note'],
      );
      assert.match(report.notes[0].text, new RegExp(`images as well as text \\(${outer}\\).*left out: visual`));
    });
  }

  it('reads positions of images as an ordinary rotation, and refuses a wrapped model that is quantised', async () => {
    take('qwen2');
    const text = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Fields;
    config({ model_type: 'qwen2_vl', rope_parameters: null, rope_scaling: { type: 'mrope', mrope_section: [1, 1, 2] } });
    assert.equal((await opened()).spec.blocks[0].attention.rotary?.scaling, undefined);
    config({ model_type: 'qwen2_5_vl', text_config: text, quantization_config: { quant_method: 'fp8' } });
    await refused(/quantised with fp8/);
  });

  it('reads the kinds of attention of each layer where GPT-Neo’s runs of them are absent', async () => {
    take('gpt-neo');
    const runs = (await opened()).spec;
    const kinds = runs.blocks.map(({ attention }) => (attention.window === undefined ? 'global' : 'local'));
    config({ attention_types: null, attention_layers: kinds });
    assert.deepEqual((await opened()).spec, runs);
  });

  it('opens with Python’s JSON and with numbers written as text', async () => {
    take('llama');
    config({ rope_parameters: null, rope_theta: '12345.0' });
    assert.equal((await opened()).spec.blocks[0].attention.rotary?.base, 12_345);
    const path = join(folder, 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/}$/, ',"limits":[0.0,Infinity,-Infinity,NaN],"text":"Infinity"}'));
    assert.deepEqual((await openCheckpoint(folder)).config['limits'], [0, Infinity, -Infinity, null]);
    assert.equal((await openCheckpoint(folder)).config['text'], 'Infinity');
  });

  it('opens with the format’s own values where a config leaves them out', async () => {
    take('mistral');
    config({ max_position_embeddings: undefined });
    assert.equal((await opened()).spec.contextLength, 131_072);
  });
});
