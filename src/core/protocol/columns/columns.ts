/**
 * Plain data as columns: how answers travel between processes and to the page. What thousands of objects have under one name stands
 * together as one typed array, every text is sent once, and names of keys once for each shape of object. docs/architecture.md, "Messages"
 */

/** Typed arrays that numbers are sent in: the smallest that holds all of a column exactly. */
export const NUMBER_ARRAYS = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i8: Int8Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;
/** Names one of them. */
export type NumberType = keyof typeof NUMBER_ARRAYS;

/** Values of one kind, as many as what it is a column of says. Their numbers are in `Packed.bytes` in the order of the tree, unaligned. */
export type Column =
  | { readonly of: 'undefined' | 'null' | 'false' | 'true' }
  | { readonly of: 'numbers'; readonly as: NumberType }
  /** places among the texts of the message */
  | { readonly of: 'texts'; readonly as: NumberType }
  /** texts of two parts with `JOINT` between them, as ids of edges are */
  | { readonly of: 'joined'; readonly before: Column; readonly after: Column }
  /** lengths, and the items of all lists one after the other */
  | { readonly of: 'lists'; readonly as: NumberType; readonly items: Column }
  /** lists of tokens with their logits and probabilities, see `scores.ts` */
  | { readonly of: 'scores'; readonly lengths: NumberType; readonly tokens: NumberType; readonly exceptions: number }
  /** objects of one shape: keys in their order, and a column for each */
  | { readonly of: 'objects'; readonly keys: readonly string[]; readonly values: readonly Column[] }
  /** values of several kinds: which of `columns` each is in */
  | { readonly of: 'mixed'; readonly as: NumberType; readonly columns: readonly Column[] };

/** What parts a text that is sent as two: the mark in the id of an edge. */
export const JOINT = ' → ';

/** A value of type `T` as it travels: fit for structured clone, and for `postMessage` of the editor. */
export interface Packed<T> {
  /** of one value, the whole */
  readonly column: Column;
  /** of the tokens that `scores` name */
  readonly tokens: Column;
  readonly tokenCount: number;
  /** every text once, one after the other: one long text is sent and read in a fraction of the time of many short ones */
  readonly text: string;
  readonly textCount: number;
  /** what their lengths are sent as, in UTF-16 units */
  readonly lengths: NumberType;
  /** lengths of texts, numbers of `tokens`, then of `column`; in the byte order of the machine, which is little-endian wherever the editor runs */
  readonly bytes: Uint8Array;
  /** Never there: it carries the type alone. */
  readonly value?: T;
}

/** Bytes that a packed value takes in memory, near enough to bound what is kept. */
export function bytesOf({ bytes, text }: Packed<unknown>): number {
  return bytes.byteLength + 2 * text.length;
}
