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
    const from = this.pass(count);
    return this.bytes.subarray(from, this.at);
  }

  /** @throws CutShort */
  byte(): number {
    return this.bytes[this.pass(1)];
  }

  /** A number without sign; one of 8 bytes that is not exact in a double reaches past every file. @throws CutShort */
  size(bytes: 2 | 4 | 8): number {
    const from = this.pass(bytes);
    return bytes === 8 ? Number(this.bytes.readBigUInt64LE(from)) : this.bytes.readUIntLE(from, bytes);
  }

  /** @throws CutShort */
  int32(): number {
    return this.bytes.readInt32LE(this.pass(4));
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

  /** Goes past some bytes, and says where they begin. @throws CutShort */
  private pass(count: number): number {
    const from = this.at;
    if (from + count > this.bytes.length) throw new CutShort();
    this.at = from + count;
    return from;
  }
}
