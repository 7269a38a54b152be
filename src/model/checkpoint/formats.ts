/** The formats of checkpoints: those that can be read, and those that are only recognised. */
import type { CheckpointFormat } from './format';
import { formatNameOf, type FormatName } from './format-names';
import { ggufFile } from './gguf/gguf-file';
import { safetensorsFolder } from './safetensors-folder';
import { torchFolder } from './torch/torch-folder';

const FORMATS: Readonly<Record<FormatName, CheckpointFormat>> = { safetensors: safetensorsFolder, torch: torchFolder, gguf: ggufFile };

/** The format of a checkpoint that consists of files of these names; null where none of them can be read. */
export function formatOf(files: ReadonlySet<string>): CheckpointFormat | null {
  const name = formatNameOf(files);
  return name === null ? null : FORMATS[name];
}

/** Weights in formats that cannot be read, by the names of their files; so that a message can say what is there instead. */
const UNREADABLE = {
  GGUF: /\.gguf$/,
  other: /^tf_model\.h5$|^flax_model\.msgpack$/,
} as const;

/** The first file of weights in a format that cannot be read; undefined where there is none. */
export function unreadableWeights(files: Iterable<string>, format: keyof typeof UNREADABLE): string | undefined {
  return [...files].find((name) => UNREADABLE[format].test(name));
}
