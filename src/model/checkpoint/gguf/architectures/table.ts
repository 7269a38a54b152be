/** The architectures of GGUF files that can be read, by the names that `general.architecture` has for them. */
import { Problem } from '../../../../core/problem';
import type { GgufDescription } from '../description';
import type { GgufArchitecture } from './architecture';
import { gemma, gemma2, gemma3 } from './gemma';
import { cohere2, commandR, exaone, exaone4, starcoder2 } from './cohere-and-exaone';
import { bloom, falcon, falconOfTwoNorms, gpt2, gptNeox, mpt, phi2, starcoder } from './gpt-like';
import { gptOss } from './gpt-oss';
import { deepseek2, deepseek2Whole, glm4moe } from './grouped-mixtures';
import { llama4 } from './llama4';
import { granite, llama, olmo, olmo2, phi3, qwen2, qwen3, smollm3, stablelm } from './llama-like';
import { mixtral, olmoe, qwen2moe, qwen3moe } from './mixtures';

const ARCHITECTURES: Readonly<Record<string, GgufArchitecture>> = {
  bloom,
  cohere2,
  'command-r': commandR,
  deepseek2,
  exaone,
  exaone4,
  falcon,
  gemma,
  gemma2,
  gemma3,
  glm4moe,
  'gpt-oss': gptOss,
  gpt2,
  gptneox: gptNeox,
  granite,
  llama,
  llama4,
  mpt,
  olmo,
  olmo2,
  olmoe,
  phi2,
  phi3,
  qwen2,
  qwen2moe,
  qwen3,
  qwen3moe,
  smollm3,
  stablelm,
  starcoder,
  starcoder2,
};

const MIXTURES: readonly string[] = ['deepseek2', 'glm4moe', 'gpt-oss', 'llama4', 'olmoe', 'qwen2moe', 'qwen3moe'];

/** What other files than those of models hold, by `general.type`, and what can be done. */
const OTHER_FILES: Readonly<Record<string, readonly [what: string, hint: string] | undefined>> = {
  mmproj: [
    'what a model sees or hears through (a projector, mmproj)',
    'Choose the GGUF file of the model itself, which is mostly beside it: its language model opens alone.',
  ],
  adapter: ['an adapter', 'Choose the folder of the adapter as PEFT saved it, with adapter_config.json: it opens with its base.'],
  imatrix: ['statistics for quantising a model (imatrix)', 'Choose the GGUF file of the model.'],
};

/** The architecture of a file. @throws Problem `unknown-architecture` naming it and those that can be read */
export function architectureOf(file: GgufDescription): GgufArchitecture {
  const { architecture } = file;
  const other = OTHER_FILES[architecture === 'clip' ? 'mmproj' : file.type];
  if (other !== undefined) throw new Problem('unknown-architecture', `The GGUF file holds ${other[0]}, not a model.`, other[1]);
  if (!Object.hasOwn(ARCHITECTURES, architecture)) {
    throw new Problem(
      'unknown-architecture',
      architecture === ''
        ? 'The GGUF file does not say what its model is (general.architecture).'
        : `The GGUF file holds a model of the architecture "${architecture}", which cannot be read.`,
      `Architectures of GGUF files that can be read: ${Object.keys(ARCHITECTURES).join(', ')}.`,
    );
  }
  const isMixture = (file.optionalCount('expert_count') ?? 0) > 0;
  if (isMixture && architecture === 'llama') return mixtral;
  if (isMixture && !MIXTURES.includes(architecture)) {
    throw new Problem(
      'unknown-architecture',
      `The GGUF file holds a mixture of experts of the architecture "${architecture}", which cannot be read.`,
      `Mixtures that can be read: llama (Mixtral), ${MIXTURES.join(', ')}.`,
    );
  }
  if (architecture === 'deepseek2' && file.has('blk.0.attn_kv_b.weight')) return deepseek2Whole;
  return architecture === 'falcon' && file.has('blk.0.attn_norm_2.weight') ? falconOfTwoNorms : ARCHITECTURES[architecture];
}
