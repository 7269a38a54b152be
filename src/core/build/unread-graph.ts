/**
 * A graph whose vectors have not been read as tokens yet: its nodes name the rows that the lens has yet to read. Gathering
 * all rows of all blocks first lets one batch of the lens serve the whole graph.
 */
import type { FlowEdge, FlowNode } from '../format/flow-graph';
import type { NodeKind } from '../format/node-kinds';
import { atBorders, type StreamPlace } from '../pass/lens';
import { placeOf } from './stream-place';

/** A node before its vectors have been read. */
export interface UnreadNode extends Omit<FlowNode, 'norm' | 'reading' | 'label' | 'share' | 'also'> {
  /** index of the vector that the lens reads; null for a junction */
  readonly row: number | null;
  /** norm to show for a junction, which has no row */
  readonly junctionNorm?: number;
  /** the node's summand is `shareFactor` × its row; absent for a node that is not a summand of the residual stream */
  readonly shareFactor?: number;
  readonly also?: readonly FurtherVector[];
}

/** A further vector on a node's card. */
export interface FurtherVector {
  readonly title: string;
  readonly row: number;
  /** the kind of node that it would be, which says through what map a lens reads it; absent: as the node's own vector */
  readonly like?: NodeKind;
}

/** A node of the graph, and the vector that flows out of it. */
export interface FlowingVector {
  readonly id: string;
  readonly vector: Float32Array;
}

/** Collects nodes, edges and rows of width d. */
export class UnreadGraph {
  readonly nodes: UnreadNode[] = [];
  readonly edges: FlowEdge[] = [];
  readonly #rows: Float32Array[];

  /**
   * @param width d
   * @param borders L+1 of [d], the stream at the borders of blocks: the first rows, in their order
   */
  constructor(
    readonly width: number,
    borders: readonly Float32Array[],
  ) {
    this.#rows = [...borders];
  }

  /** Registers a vector for the lens; returns its row. */
  addRow(vector: Float32Array): number {
    return this.#rows.push(vector) - 1;
  }

  /** How many vectors are registered. */
  get rows(): number {
    return this.#rows.length;
  }

  /** A registered vector. [d] */
  vector(row: number): Float32Array {
    return this.#rows[row];
  }

  /** Adds a node and returns its id. */
  addNode(node: UnreadNode): string {
    this.nodes.push(node);
    return node.id;
  }

  /** Adds an edge; a negative weight becomes its magnitude and sign. */
  addEdge(from: string, to: string, kind: FlowEdge['kind'], weight: number, attention?: number): void {
    this.edges.push({
      id: `${from} → ${to}`,
      from,
      to,
      kind,
      weight: Math.abs(weight),
      sign: weight < 0 ? -1 : 1,
      ...(attention === undefined ? {} : { attention }),
    });
  }

  /** Adds a node on the way between two others: the vector that flows in as a norm flows on, and arrives as `arrives`. */
  addBetween(from: string, node: UnreadNode, to: string, weight: number, arrives: 'norm' | 'contribution'): void {
    this.addNode(node);
    this.addEdge(from, node.id, 'norm', weight);
    this.addEdge(node.id, to, arrives, weight);
  }

  /** Where each row belongs. */
  places(): StreamPlace[] {
    // Rows that no node names are the stream at the borders.
    const places = atBorders(this.#rows.length);
    for (const { kind, layer, row, also = [] } of this.nodes) {
      if (row !== null) places[row] = placeOf(kind, layer);
      for (const other of also) places[other.row] = { ...placeOf(other.like ?? kind, layer), as: 'part' };
    }
    return places;
  }

  /** Some rows as one [n,d] matrix. */
  matrix(rows: readonly number[]): Float32Array {
    const matrix = new Float32Array(rows.length * this.width);
    rows.forEach((row, i) => matrix.set(this.#rows[row], i * this.width));
    return matrix;
  }
}
