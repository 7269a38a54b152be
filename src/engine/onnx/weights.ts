import path from 'node:path';
import { Problem } from '../../core/problem';
import type { StoredTensor } from '../../model/checkpoint/checkpoint';
import { filesOf, type ByteRange } from '../../model/checkpoint/storage';

/** Where the graphs find their weights. */
export class Weights {
  /** Folder that holds every weight file, directly or below it: onnxruntime opens nothing outside of it. */
  readonly root: string;

  constructor(private readonly tensors: ReadonlyMap<string, StoredTensor>) {
    this.root = commonFolder([
      ...new Set([...tensors.values()].flatMap(({ storage }) => filesOf(storage)).map((file) => path.dirname(file))),
    ]);
  }

  /** @throws Problem `weights-missing` */
  get(tensor: string): StoredTensor {
    const location = this.tensors.get(tensor);
    if (location === undefined) throw new Problem('weights-missing', `The checkpoint has no tensor ${tensor}.`);
    return location;
  }

  /** A file as a path below `root`, with forward slashes. */
  relativeFile({ file }: ByteRange): string {
    return path.relative(this.root, file).split(path.sep).join('/');
  }
}

/** The deepest folder that contains all of these folders. */
function commonFolder(folders: readonly string[]): string {
  const [first = '.', ...others] = folders;
  let common = first;
  while (others.some((folder) => path.relative(common, folder).split(path.sep)[0] === '..')) common = path.dirname(common);
  return common;
}
