/**
 * By which names the files of each format are known. Apart from what reads them, which is much more: whether a folder holds a model,
 * and whether that has changed, their names tell.
 */
import { hasConfig } from './folder-config';
import { modelFilesOf, partsOf } from './gguf/parts';

/** Names of the files of weights: all in one, where it is there; else several, and which of them holds which tensor. */
interface WeightNames {
  readonly weights: string;
  readonly index: string;
}

export const SAFETENSORS: WeightNames = { weights: 'model.safetensors', index: 'model.safetensors.index.json' };
export const TORCH: WeightNames = { weights: 'pytorch_model.bin', index: 'pytorch_model.bin.index.json' };

interface FormatNames {
  /** Names of files from which a checkpoint of this format, or its tokenizer, is read: when one changes, the model is another. */
  readonly reads: RegExp;
  /** Whether files of these names are a checkpoint of this format. */
  detect(files: ReadonlySet<string>): boolean;
}

/** Every format that can be read. Where files of several lie together, the first is read. */
const FORMATS = {
  safetensors: {
    reads: /\.(json|safetensors)$|^merges\.txt$/,
    detect: (files) => isFolderOf(SAFETENSORS, files),
  },
  torch: {
    reads: /\.json$|^merges\.txt$|^(pytorch|adapter)_model.*\.bin$/,
    detect: (files) => isFolderOf(TORCH, files),
  },
  gguf: {
    reads: /\.gguf$/i,
    detect: (files) => new Set(modelFilesOf(files).map((file) => partsOf(file)[0])).size === 1,
  },
} satisfies Record<string, FormatNames>;

/** A format that can be read. */
export type FormatName = keyof typeof FORMATS;

/** The format of a checkpoint that consists of files of these names; null where none of them can be read. */
export function formatNameOf(files: ReadonlySet<string>): FormatName | null {
  const names = Object.keys(FORMATS) as FormatName[];
  return names.find((name) => FORMATS[name].detect(files)) ?? null;
}

/** Whether a model or its tokenizer may be read from a file of this name, in any format. */
export function isRead(file: string): boolean {
  return Object.values(FORMATS).some(({ reads }) => reads.test(file));
}

function isFolderOf({ weights, index }: WeightNames, files: ReadonlySet<string>): boolean {
  return hasConfig(files) && (files.has(weights) || files.has(index));
}
