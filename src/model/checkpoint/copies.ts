import type { Checkpoint } from './checkpoint';
import { openLocal } from './local-source';
import type { ByteRange } from './byte-range';
import { rangesOf, type Storage } from './storage';

/** The name of an unembedding that is stored apart. */
export const HEAD = 'lm_head.weight';
/** Names of the table that reads tokens. */
export const TOKEN_TABLE = /(^|\.)(embed_tokens|wte|word_embeddings|embed_in)\.weight$/;
const CHUNK = 1 << 22;

/**
 * Says of a checkpoint on this disk whether its unembedding is a second copy of the token table: their bytes are compared, which
 * ends at the first difference.
 * @throws Problem `io`
 */
export async function withCopies(checkpoint: Checkpoint): Promise<Checkpoint> {
  const head = checkpoint.tensors.get(HEAD);
  const table = [...checkpoint.tensors.values()].find(({ name }) => TOKEN_TABLE.test(name));
  if (
    !head ||
    !table ||
    head.update ||
    table.update ||
    head.shape.join() !== table.shape.join() ||
    !(await sameBytes(head.storage, table.storage))
  )
    return checkpoint;
  return { ...checkpoint, copies: new Map([[HEAD, table.name]]) };
}

async function sameBytes(one: Storage, other: Storage): Promise<boolean> {
  const [ranges, others] = [rangesOf(one), rangesOf(other)];
  if (one.dtype !== other.dtype || ranges.length !== others.length) return false;
  for (const [i, range] of ranges.entries()) if (!(await sameRange(range, others[i]))) return false;
  return true;
}

async function sameRange(a: ByteRange, b: ByteRange): Promise<boolean> {
  if (a.byteLength !== b.byteLength) return false;
  return openLocal(a.file, (first) =>
    openLocal(b.file, async (second) => {
      for (let at = 0; at < a.byteLength; at += CHUNK) {
        const count = Math.min(CHUNK, a.byteLength - at);
        const [one, two] = await Promise.all([first.read(a.offset + at, count), second.read(b.offset + at, count)]);
        if (!one.equals(two)) return false;
      }
      return true;
    }),
  );
}
