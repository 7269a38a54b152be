/**
 * What interventions do to one block. Heads, neurons and whole attention or feed-forward layers are changed at all positions;
 * a source of a head at the position under study only. docs/method.md, "What if".
 */
import type { Component, InterventionMode } from '../../core/format/component';
import type { BlockSpec } from '../../model/architecture/model-spec';
import { groupOfHeads } from '../onnx/attention';
import { EDITED_TENSORS, type EditedTensor } from '../onnx/edits';
import { floats, type Feed } from '../onnx/session-pool';
import { editFeeds, RowEdit, type EditedRows } from './row-edit';

/** What a block computed on the prompt whose values are put in. */
export interface Donor {
  /** T' */
  readonly positions: number;
  /** Tensors of the block's graph: those that are edited, [T',width]; v [T',G·k]; pattern [H,T',T']. */
  readonly tensor: (name: EditedTensor | 'v' | 'pattern') => Float32Array;
}

/** A change of one component: to nothing, or to what it was on another prompt. */
export interface Change {
  readonly component: Component;
  readonly from: Donor | null;
}

/** A source of a head that is left out at the position under study, and what takes its place. */
export interface SourceEdit {
  readonly head: number;
  readonly source: number;
  /** probability on another prompt, and the value [k] that it weights there; null: nothing takes its place */
  readonly put: { readonly attention: number; readonly value: Float32Array } | null;
}

/** Edits of one block. */
export class BlockEdit {
  private readonly widths: Readonly<Record<EditedTensor, number>>;
  private readonly tensors: Readonly<Record<EditedTensor, RowEdit>>;
  private readonly sourceEdits: readonly SourceEdit[];
  /** what is changed, and how long the prompt is that it comes from; what came from there is in the tensors */
  private readonly changed: readonly { readonly component: Component; readonly from: Pick<Donor, 'positions'> | null }[];

  /**
   * @param positions T
   * @param position where sources are edited
   */
  constructor(
    private readonly block: BlockSpec,
    changes: readonly Change[],
    private readonly positions: number,
    readonly position: number,
  ) {
    const { attention, mlp } = block;
    const d = attention.o.weight.outputs;
    this.widths = { z: attention.heads * attention.headWidth, mlp_post: mlp.width, attn_out: d, mlp_out: d };
    const none = (name: EditedTensor) => new RowEdit(this.widths[name]);
    this.tensors = { z: none('z'), mlp_post: none('mlp_post'), attn_out: none('attn_out'), mlp_out: none('mlp_out') };
    this.changed = changes.map(({ component, from }) => ({ component, from: from && { positions: from.positions } }));
    for (const change of changes) this.editTensor(change);
    this.sourceEdits = changes.flatMap(({ component, from }) => (component.kind === 'source' ? this.sourceEdit(component, from) : []));
  }

  /** Inputs of the block's edited graph over the first positions, whose sources stay as they are. */
  feeds(positions: number): Record<string, Feed> {
    return this.feedsOf((name) => this.tensors[name].first(positions));
  }

  /** Inputs of the edited graph that looks at one position. */
  feedsAt(position: number): Record<string, Feed> {
    const { heads, headWidth } = this.block.attention;
    const keep = new Float32Array(heads * (position + 1)).fill(1);
    const z = this.tensors.z.at(position);
    for (const { head, source, put } of this.sourcesAt(position)) {
      keep[head * (position + 1) + source] = 0;
      // A head that is off, or replaced, takes nothing from its sources.
      put?.value.forEach((x, i) => (z.put[head * headWidth + i] += put.attention * x * z.keep[head * headWidth + i]));
    }
    const feeds = this.feedsOf((name) => (name === 'z' ? z : this.tensors[name].at(position)));
    return { source_keep: floats(keep, [heads, 1, position + 1]), ...feeds };
  }

  private feedsOf(rows: (name: EditedTensor) => EditedRows): Record<string, Feed> {
    return Object.assign({}, ...EDITED_TENSORS.map((name) => editFeeds(name, rows(name), this.widths[name]))) as Record<string, Feed>;
  }

  /** The edited sources, if this is the position under study. */
  sourcesAt(position: number): readonly SourceEdit[] {
    return position === this.position ? this.sourceEdits : [];
  }

  /** What is changed at a position: a shorter prompt has nothing to put in at the first positions of a longer one. */
  changedAt(position: number): { readonly component: Component; readonly mode: InterventionMode }[] {
    return this.changed.flatMap(({ component, from }) => {
      if (component.kind === 'source' && !this.sourcesAt(position).some((s) => s.head === component.head && s.source === component.source))
        return [];
      if (from !== null && this.partner(position, from) === null) return [];
      return [{ component, mode: from === null ? 'zero' : 'patch' } as const];
    });
  }

  /** The position of the other prompt that is as far from its end; null where that prompt is too short. */
  private partner(position: number, from: Pick<Donor, 'positions'>): number | null {
    const partner = position - this.positions + from.positions;
    return partner < 0 ? null : partner;
  }

  private editTensor({ component, from }: Change): void {
    const { headWidth } = this.block.attention;
    switch (component.kind) {
      case 'head':
        return this.edit('z', component.head * headWidth, headWidth, from);
      case 'neuron':
        return this.edit('mlp_post', component.neuron, 1, from);
      case 'attention':
        return this.edit('attn_out', 0, this.widths.attn_out, from);
      case 'mlp':
        return this.edit('mlp_out', 0, this.widths.mlp_out, from);
      case 'source':
        return;
    }
  }

  /** Changes `count` columns of a tensor at all positions. */
  private edit(name: EditedTensor, column: number, count: number, from: Donor | null): void {
    const tensor = this.tensors[name];
    if (from === null) return tensor.zero(column, count);
    const first = Math.max(0, this.positions - from.positions);
    const values = new Float32Array((this.positions - first) * count);
    const donor = from.tensor(name);
    for (let position = first; position < this.positions; position++) {
      const at = (position - this.positions + from.positions) * this.widths[name] + column;
      values.set(donor.subarray(at, at + count), (position - first) * count);
    }
    tensor.replace(first, column, count, values);
  }

  /** None where the other prompt has no partner of the source. */
  private sourceEdit({ head, source }: Extract<Component, { kind: 'source' }>, from: Donor | null): SourceEdit[] {
    if (from === null) return [{ head, source, put: null }];
    const { groups, headWidth } = this.block.attention;
    const [reader, read] = [this.partner(this.position, from), this.partner(source, from)];
    const T = from.positions;
    if (reader === null || read === null) return [];
    const at = (read * groups + groupOfHeads(this.block.attention)[head]) * headWidth;
    return [
      {
        head,
        source,
        put: { attention: from.tensor('pattern')[(head * T + reader) * T + read], value: from.tensor('v').slice(at, at + headWidth) },
      },
    ];
  }
}
