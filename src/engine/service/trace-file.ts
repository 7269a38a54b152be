import { Problem } from '../../core/problem';
import type { TraceEntry } from '../../core/protocol/engine';
import { stopIfCancelled } from '../../core/cancel';
import type { CallContext } from '../../core/call-context';
import { cannotWrite, isSystemError } from '../../files/cannot-write';
import { writeFileInParts, type WritePart } from '../../files/whole-file';
import { LENGTH_BYTES } from '../../model/checkpoint/safetensors';

/** A tensor under its name, as F32 or F64. */
export interface WrittenTensor {
  readonly name: string;
  readonly tensor: { readonly data: Float32Array | Float64Array; readonly shape: readonly number[] };
}

/** More than the tensors of one block, and more than those before and after all blocks. */
const TENSORS_PER_BLOCK = 20;

/** More than one line of a header takes: a name, up to three sizes, two offsets. */
const HEADER_BYTES_PER_TENSOR = 256;

/**
 * Writes tensors to a safetensors file as they come, each held only while it is written. The header stands first in the
 * file but is known last, so room is kept for it and filled up with spaces, as the format allows. The file takes its
 * name when it is complete; a process that exits before leaves nothing of it.
 * @param nBlocks blocks of the model, which bound the number of tensors
 * @param metadata what the file says of itself, under `__metadata__`
 * @throws Problem `io` when the file cannot be written, `cancelled`
 */
export async function writeTraceFile(
  file: string,
  tensors: AsyncIterable<WrittenTensor>,
  nBlocks: number,
  metadata: Readonly<Record<string, string>>,
  context: CallContext,
): Promise<TraceEntry[]> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const headerBytes = TENSORS_PER_BLOCK * (nBlocks + 1) * HEADER_BYTES_PER_TENSOR + wholeWords(Buffer.byteLength(JSON.stringify(header)));
  const work = async (write: WritePart): Promise<TraceEntry[]> => {
    const entries: TraceEntry[] = [];
    let end = 0;
    for await (const { name, tensor } of tensors) {
      stopIfCancelled(context, 'Writing the trace');
      const { data, shape } = tensor;
      await write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), LENGTH_BYTES + headerBytes + end);
      header[name] = { dtype: data instanceof Float64Array ? 'F64' : 'F32', shape, data_offsets: [end, end + data.byteLength] };
      entries.push({ name, shape });
      end += data.byteLength;
    }
    await write(headerBlock(header, headerBytes), 0);
    return entries;
  };
  return writeFileInParts(file, work).catch((error: unknown) => {
    throw isSystemError(error) ? cannotWrite(file, error) : error;
  });
}

/** Bytes filled up so that the numbers that follow can be mapped as they are. */
function wholeWords(bytes: number): number {
  return LENGTH_BYTES * Math.ceil(bytes / LENGTH_BYTES);
}

/** The length field and a header filled up to `size` bytes. */
function headerBlock(header: Record<string, unknown>, size: number): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  if (json.length > size) throw new Problem('internal', `The trace’s header takes ${json.length} bytes; ${size} were reserved for it.`);
  const block = Buffer.alloc(LENGTH_BYTES + size, ' ');
  block.writeBigUInt64LE(BigInt(size), 0);
  json.copy(block, LENGTH_BYTES);
  return block;
}
