/** The bytes end where more were expected. Not a problem yet: a reader that saw only the beginning of a file may read on. */
export class CutShort extends Error {}

/** Reads little-endian numbers and texts one after the other. */
export class Cursor {
  constructor(
    private readonly bytes: Buffer,
    public at: number,
  ) {}

  /** The next bytes themselves. @throws CutShort */
  take(count: number): Buffer {
    const end = this.at + count;
    if (end > this.bytes.length) throw new CutShort();
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** @throws CutShort */
  byte(): number {
    return this.take(1)[0];
  }

  /** A number without sign; one of 8 bytes that is not exact in a double reaches past every file. @throws CutShort */
  size(bytes: 2 | 4 | 8): number {
    const taken = this.take(bytes);
    return bytes === 8 ? Number(taken.readBigUInt64LE()) : taken.readUIntLE(0, bytes);
  }

  /** @throws CutShort */
  int32(): number {
    return this.take(4).readInt32LE();
  }

  /** Python writes these the other way round. @throws CutShort */
  double(): number {
    return this.take(8).readDoubleBE();
  }

  /** An integer in two's complement; a number where it is exact in a double. @throws CutShort */
  long(bytes: number): number | bigint {
    const taken = this.take(bytes);
    if (bytes === 0) return 0;
    const value = BigInt.asIntN(8 * bytes, BigInt(`0x${Buffer.from(taken).reverse().toString('hex')}`));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  /** @throws CutShort */
  text(bytes: number): string {
    return this.take(bytes).toString('utf8');
  }

  /** A text up to the end of its line. @throws CutShort */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new CutShort();
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }
}
