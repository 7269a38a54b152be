import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../support/repository';

/** What is read of tokenizer.json. */
interface TokenizerFile {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
}

/** Writes the embedded model's tokenizer into a folder, with tokens of no use up to a vocabulary of this size. */
export function writePaddedTokenizer(folder: string, vocabSize: number): void {
  const from = path.join(ROOT, 'models', 'visit-small');
  const file = JSON.parse(readFileSync(path.join(from, 'tokenizer.json'), 'utf8')) as TokenizerFile;
  const { vocab } = file.model;
  const used = Object.keys(vocab).length;
  const padding = Array.from({ length: vocabSize - used }, (_, i) => [`unused${used + i}`, used + i] as const);
  const model = { ...file.model, vocab: { ...vocab, ...Object.fromEntries(padding) } };
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...file, model }));
  copyFileSync(path.join(from, 'tokenizer_config.json'), path.join(folder, 'tokenizer_config.json'));
}
