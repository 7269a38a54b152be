/** Tensors that hold one matrix, or one vector, for each expert, one after the other: each is read as a tensor of its own. */
import type { StoredTensor } from '../checkpoint/checkpoint';
import { inStack } from '../checkpoint/layer-parts';
import { matrixOfStack } from '../checkpoint/quantised/packing';
import { isPermuted } from '../checkpoint/storage';
import { Problem } from '../../core/problem';

const IN_STACK = /^(.+)\[(\d+)\]$/;

/** The name under which a file holds a tensor: that of the stack, for a tensor in one, or in a stack of them. */
export function nameInFile(tensor: string): string {
  const stack = IN_STACK.exec(tensor)?.[1];
  return stack === undefined ? tensor : nameInFile(stack);
}

/**
 * A tensor by its name, or the one at an index of a stack; undefined where there is none.
 *
 * @throws Problem `weights-invalid` for a stack that is packed so that it cannot be divided, or in blocks whose axes are stored in another order
 */
export function storedTensor(tensors: ReadonlyMap<string, StoredTensor>, name: string): StoredTensor | undefined {
  const own = tensors.get(name);
  const [, stackName, digits] = IN_STACK.exec(name) ?? [];
  if (own !== undefined || stackName === undefined) return own;
  const stack = storedTensor(tensors, stackName);
  const index = Number(digits);
  if (stack === undefined || index >= (stack.shape[0] ?? 0)) return undefined;
  const { storage, shape, update, ...others } = stack;
  const [count = 1, ...one] = shape;
  const rest = {
    ...others,
    ...(update && { update: { ...update, down: inStack(update.down, index), up: inStack(update.up, index) } }),
  };
  if (storage.kind === 'packed') {
    const packing = one.length === 2 ? matrixOfStack(storage.packing, index) : null;
    if (packing !== null) return { ...rest, name, shape: one, storage: { ...storage, packing } };
    throw new Problem(
      'weights-invalid',
      `${stackName} holds the matrices of all experts, packed as ${storage.dtype}, which VISIT reads only where each expert has tensors of its own.`,
      'Use a checkpoint of this model that is not quantised, or one with a tensor for each expert.',
    );
  }
  if (storage.kind === 'dense' && storage.permuted !== undefined) {
    const { permuted } = storage;
    return { ...rest, name, shape: one, storage: { ...storage, permuted: { ...permuted, indices: [...(permuted.indices ?? []), index] } } };
  }
  if (storage.pairedHeads !== undefined || isPermuted(storage)) {
    throw new Problem(
      'weights-invalid',
      `${stackName} is stored in another order of axes, of which no part can be read.`,
      'Choose the model in safetensors, as it was published.',
    );
  }
  const byteLength = storage.bytes.byteLength / count;
  return {
    ...rest,
    name,
    shape: one,
    storage: { ...storage, bytes: { ...storage.bytes, offset: storage.bytes.offset + index * byteLength, byteLength } },
  };
}
