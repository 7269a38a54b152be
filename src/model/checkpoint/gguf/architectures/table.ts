/** The architectures of GGUF files that can be read, by the names that `general.architecture` has for them. */
import { Problem } from '../../../../core/problem';
import type { GgufDescription } from '../description';
import type { GgufArchitecture } from './architecture';
import { gemma, gemma2, gemma3 } from './gemma';
import { bloom, falcon, falconOfTwoNorms, gpt2, gptNeox, phi2, starcoder } from './gpt-like';
import { granite, llama, olmo, olmo2, phi3, qwen2, qwen3, smollm3, stablelm } from './llama-like';

const ARCHITECTURES: Readonly<Record<string, GgufArchitecture>> = {
  bloom,
  falcon,
  gemma,
  gemma2,
  gemma3,
  gpt2,
  gptneox: gptNeox,
  granite,
  llama,
  olmo,
  olmo2,
  phi2,
  phi3,
  qwen2,
  qwen3,
  smollm3,
  stablelm,
  starcoder,
};

/** The architecture of a file. @throws Problem `unknown-architecture` naming it and those that can be read */
export function architectureOf(file: GgufDescription): GgufArchitecture {
  const { architecture } = file;
  if (!Object.hasOwn(ARCHITECTURES, architecture)) {
    throw new Problem(
      'unknown-architecture',
      architecture === ''
        ? 'The GGUF file does not say what its model is (general.architecture).'
        : `The GGUF file holds a model of the architecture "${architecture}", which cannot be read.`,
      `Architectures of GGUF files that can be read: ${Object.keys(ARCHITECTURES).join(', ')}.`,
    );
  }
  if ((file.optionalCount('expert_count') ?? 0) > 0)
    throw new Problem('unknown-architecture', 'The GGUF file holds a mixture of experts, which cannot be read.', 'Choose a dense model.');
  return architecture === 'falcon' && file.has('blk.0.attn_norm_2.weight') ? falconOfTwoNorms : ARCHITECTURES[architecture];
}
