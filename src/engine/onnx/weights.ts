import path from 'node:path';
import { Problem } from '../../core/problem';
import type { TensorLocation } from '../../model/checkpoint/checkpoint';

/** Where the graphs find their weights. */
export class Weights {
  /** Folder that holds every weight file, directly or below it: onnxruntime opens nothing outside of it. */
  readonly root: string;

  constructor(private readonly tensors: ReadonlyMap<string, TensorLocation>) {
    this.root = commonFolder([...new Set([...tensors.values()].map(({ file }) => path.dirname(file)))]);
  }

  /** @throws Problem `weights-missing` */
  get(tensor: string): TensorLocation {
    const location = this.tensors.get(tensor);
    if (location === undefined) throw new Problem('weights-missing', `The checkpoint has no tensor ${tensor}.`);
    return location;
  }

  /** A tensor's file as a path below `root`, with forward slashes. */
  relativeFile(tensor: string): string {
    return path.relative(this.root, this.get(tensor).file).split(path.sep).join('/');
  }
}

/** The deepest folder that contains all of these folders. */
function commonFolder(folders: readonly string[]): string {
  const [first = '.', ...others] = folders;
  let common = first;
  while (others.some((folder) => path.relative(common, folder).split(path.sep)[0] === '..')) common = path.dirname(common);
  return common;
}
