import type { StoredTensor, StoredTensors } from './checkpoint';

/** What wrappers of PyTorch put into the names of a model's tensors: `torch.compile`, `DataParallel` and its kin. */
const WRAPPERS = /^module\.|(?<=^|\.)(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./g;

/** Tensors under the names that they have in the model itself, and a note where that are others than in the file. */
export function withoutWrapper({ tensors, skipped }: StoredTensors): StoredTensors & {
  readonly notes: readonly { readonly kind: 'note'; readonly text: string }[];
} {
  const names = [...tensors.keys(), ...skipped.keys()];
  const example = names.find((name) => bare(name) !== name);
  // Two tensors may not become one.
  if (example === undefined || new Set(names.map(bare)).size < names.length) return { tensors, skipped, notes: [] };
  const renamed = <T>(entries: ReadonlyMap<string, T>): Map<string, T> =>
    new Map(Array.from(entries, ([name, entry]) => [bare(name), entry]));
  return {
    tensors: new Map<string, StoredTensor>(Array.from(renamed(tensors), ([name, tensor]) => [name, { ...tensor, name }])),
    skipped: renamed(skipped),
    notes: [
      { kind: 'note', text: `Tensors are named by what wrapped the model when it was saved: ${example} is read as ${bare(example)}.` },
    ],
  };
}

const bare = (name: string): string => name.replace(WRAPPERS, '');
