import { localSource } from '../../src/model/checkpoint/local-source';
import { loadTokenizer } from '../../src/model/tokenizer/load';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';

/** The tokenizer of a folder that need not hold a model; null where it has none. */
export async function loadTokenizerIn(folder: string): Promise<PromptTokenizer | null> {
  return loadTokenizer({ kind: 'files', source: await localSource(folder, folder) });
}
