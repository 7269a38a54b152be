/** Reads a zip file, as far as a VSIX needs it: names, sizes and contents; no zip64, no encryption. */
import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  /** bytes when unpacked */
  readonly size: number;
  /** Unpacks it. */
  readonly read: () => Buffer;
}

// signatures and field offsets: PKWARE APPNOTE 4.3.7, 4.3.12, 4.3.16
const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const DEFLATED = 8;

/** All entries of a zip file, from the directory at its end. */
export async function readZip(file: string): Promise<ZipEntry[]> {
  const zip = await readFile(file);
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== END) end--;
  if (end < 0) throw new Error(`${file} is no zip file.`);

  const entries: ZipEntry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    if (zip.readUInt32LE(at) !== CENTRAL) throw new Error(`${file} has a broken directory.`);
    const header = at;
    const nameLength = zip.readUInt16LE(at + 28);
    entries.push({
      name: zip.toString('utf8', at + 46, at + 46 + nameLength),
      size: zip.readUInt32LE(at + 24),
      read: () => content(zip, header),
    });
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

/** Unpacks the entry whose directory header is at this offset. */
function content(zip: Buffer, header: number): Buffer {
  const local = zip.readUInt32LE(header + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(start, start + zip.readUInt32LE(header + 20));
  return zip.readUInt16LE(header + 10) === DEFLATED ? inflateRawSync(packed) : packed;
}
