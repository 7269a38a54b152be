/** How a GGUF file says that its tokenizer cuts texts. */
import type { GgufValue } from './header';

type Metadata = ReadonlyMap<string, GgufValue>;

/** What should be known of the tokenizer of a GGUF file; null where nothing should. */
export function ggufTokenizerWarning(metadata: Metadata): string | null {
  if (metadata.get('tokenizer.ggml.model') !== 'gpt2' || preName(metadata) !== undefined) return null;
  return 'The GGUF file does not say how its tokenizer cuts texts (tokenizer.ggml.pre). They are cut as GPT-2’s does: tokens may differ from those of the original model.';
}

/** The name of how texts are cut; files that were converted without knowing it say `default`. */
export function preName(metadata: Metadata): GgufValue | undefined {
  const pre = metadata.get('tokenizer.ggml.pre');
  return pre === 'default' ? undefined : pre;
}
