/** Reading a part of a file on the Hub. */
import { Problem } from '../../core/problem';

/**
 * Some bytes of a file, without the rest of it.
 * @param fetch as `hubFetch` makes it
 * @param from first byte; must be inside the file
 * @param count number of bytes; fewer come back where the file ends before
 */
export async function readBytes(fetch: typeof globalThis.fetch, url: string, from: number, count: number): Promise<Buffer> {
  const response = await fetch(url, { headers: { Range: `bytes=${from}-${from + count - 1}`, 'Accept-Encoding': 'identity' } });
  // A server that knows no ranges sends the file from its beginning.
  const start = response.status === 206 ? 0 : from;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of chunks(response)) {
    pieces.push(piece);
    length += piece.byteLength;
    if (length >= start + count) break;
  }
  return Buffer.concat(pieces).subarray(start, start + count);
}

/** The body of an answer, piece by piece; leaving the loop ends the transfer. */
export async function* chunks(response: Response): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  if (!reader) throw new Problem('hub-failed', 'The Hub sent an empty response.', 'Try again.');
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value as Uint8Array;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
