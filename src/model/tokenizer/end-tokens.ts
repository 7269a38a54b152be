/** The tokens with which a model ends its text. */
import * as z from 'zod';
import type { Checkpoint } from '../checkpoint/checkpoint';
import { readJson } from '../checkpoint/source';

const idsSchema = z.union([z.int().transform((id) => [id]), z.array(z.int())]);

/** Of a GGUF file: the end of a text, of a turn, of a message. */
const GGUF_KEYS = ['eos', 'eot', 'eom'].map((mark) => `tokenizer.ggml.${mark}_token_id`);

/**
 * Their ids: `eos_token_id` of generation_config.json, else of config.json; of a GGUF file those that its metadata name. None where nothing says.
 *
 * @throws Problem what reading throws
 */
export async function loadEndTokens({ tokenizer, config }: Pick<Checkpoint, 'tokenizer' | 'config'>): Promise<readonly number[]> {
  if (tokenizer.kind === 'gguf') {
    const metadata = await tokenizer.metadata();
    return GGUF_KEYS.flatMap((key) => {
      const id = metadata.get(key);
      return id === undefined ? [] : [Number(id)];
    });
  }
  const { source } = tokenizer;
  const generation = source.has('generation_config.json') ? await readJson(source, 'generation_config.json', 'config-invalid') : {};
  return [generation, config].map((given) => idsSchema.safeParse(given['eos_token_id']).data).find((ids) => ids !== undefined) ?? [];
}
