/** What the lens says of the rows of a graph, as far as it has been asked. */
import type { Reading, StreamStep } from '../format/flow-graph';
import type { InspectablePass } from '../pass/inspectable-pass';
import type { LensBatch } from '../pass/lens';
import { readingAt } from '../pass/reading';
import { readForTarget, settledTarget, shareDirection, type ResolvedTargetOptions } from '../pass/target';
import { dot, norm } from '../pass/vector';
import { Problem } from '../problem';
import type { UnreadGraph } from './unread-graph';

/** Tokens kept for each step of the depth strip; a card shows no more. */
const STREAM_TOKENS = 10;

/** What can be said of a row. */
export interface RowFigures {
  /** null: it has not been read yet */
  readonly reading: Reading | null;
  readonly norm: number;
  /** the row's share, if it is a summand of the final stream */
  readonly share: number;
}

/** A row of a batch of the lens. */
interface ReadRow {
  readonly batch: LensBatch;
  readonly at: number;
}

/** See the head of this file. What was read through another lens than that of now is not read. */
export class RowReadings {
  #read: (ReadRow | undefined)[] = [];
  /** what has been said of rows, which are asked for at each look */
  #said: (RowFigures | undefined)[] = [];
  /** what they were read through */
  #lens: string | undefined;

  /** @param k tokens per list */
  constructor(
    private readonly graph: UnreadGraph,
    private readonly pass: InspectablePass,
    private readonly options: ResolvedTargetOptions,
    private readonly k: number,
  ) {}

  /**
   * Has the lens read those of the rows that it has not yet, all in one batch. The stream at the borders of blocks, which says what the
   * target is, is read with the first of them.
   *
   * @throws Problem `against-itself`
   */
  async read(rows: Iterable<number>): Promise<void> {
    const { graph, pass, options, k } = this;
    const lens = JSON.stringify(pass.model.lens);
    if (lens !== this.#lens) [this.#read, this.#said] = [[], []];
    this.#lens = lens;
    const borders = Array.from(pass.stream, (_, row) => row);
    const wanted = [...new Set([...borders, ...rows])].filter((row) => !this.has(row)).sort((a, b) => a - b);
    if (wanted.length === 0) return;
    const places = graph.places();
    const at = wanted.map((row) => places[row]);
    const { batch } = await readForTarget(pass, options, graph.matrix(wanted), { k, at, final: borders.length - 1 });
    for (const [i, row] of wanted.entries()) {
      this.#read[row] = { batch, at: i };
      this.#said[row] = undefined;
    }
  }

  /** Whether a row has been read. */
  has(row: number): boolean {
    return this.#read[row] !== undefined;
  }

  /** What can be said of each row, once the target is known: norms and shares need no lens. @throws Problem `against-itself` */
  async figures(): Promise<(row: number) => RowFigures> {
    const { graph, pass, options } = this;
    const isWhole = Array.from({ length: graph.rows }, (_, row) => row).every((row) => this.has(row));
    const direction = isWhole ? new Float32Array() : await shareDirection(pass, options.position, await settledTarget(pass, options));
    const say = (row: number): RowFigures => {
      const read = this.#read[row];
      if (read !== undefined) return figuresOf(read, pass);
      const vector = graph.vector(row);
      // As precise as the lens says them.
      return { reading: null, norm: Math.fround(norm(vector)), share: Math.fround(dot(vector, direction)) };
    };
    return (row) => (this.#said[row] ??= say(row));
  }

  /** The stream at the borders of blocks, once something has been read. */
  stream(): StreamStep[] {
    let before = 0;
    return Array.from(this.pass.stream, (_, row): StreamStep => {
      const { reading, norm, share } = figuresOf(this.#read[row] ?? fail(), this.pass);
      const step = {
        layer: row - 1,
        reading: { ...reading, top: reading.top.slice(0, STREAM_TOKENS), bottom: [] },
        norm,
        share: share - before,
      };
      before = share;
      return step;
    });
  }
}

function figuresOf({ batch, at }: ReadRow, pass: InspectablePass): RowFigures & { readonly reading: Reading } {
  return { reading: readingAt(batch, at, pass), norm: batch.norms[at], share: batch.shares[at] };
}

function fail(): never {
  throw new Problem('internal', 'The stream is read before anything is said of it.');
}
