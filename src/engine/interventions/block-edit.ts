/**
 * What interventions do to one block. Heads, neurons and whole attention or feed-forward layers are changed at all positions;
 * a source of a head at the position under study only. docs/method.md, "What if".
 */
import type { Component, InterventionMode } from '../../core/format/component';
import type { BlockSpec } from '../../model/architecture/model-spec';
import { EDITED_TENSORS, type EditedTensor } from '../onnx/edits';
import { keyValueHeadOf } from '../onnx/heads';
import { floats, indices, type Feed } from '../onnx/session-pool';
import { editFeeds, RowEdit, type EditedRows } from './row-edit';

/** What a block computed on the prompt that values are patched from. */
export interface PatchSource {
  /** T' */
  readonly positions: number;
  /** Tensors of the block's graph: those that are edited, [T',width]; v [T',G·k]; pattern [H,T',T']. */
  readonly tensor: (name: EditedTensor | 'v' | 'pattern') => Float32Array;
}

/** A change of one component: switched off, or patched with its value on another prompt. */
export interface Change {
  readonly component: Component;
  readonly from: PatchSource | null;
}

/** A source of a head that is left out at the position under study, and what takes its place. */
export interface SourceEdit {
  readonly head: number;
  readonly source: number;
  /** patched value [k], and the probability that weights it on the other prompt; null: nothing takes the source's place */
  readonly patched: { readonly attention: number; readonly value: Float32Array } | null;
}

/** Edits of one block. */
export class BlockEdit {
  private readonly widths: Readonly<Record<EditedTensor, number>>;
  private readonly tensors: Readonly<Record<EditedTensor, RowEdit>>;
  private readonly sourceEdits: readonly SourceEdit[];
  /** what is changed, and how long the prompt is that it comes from; what came from there is in the tensors */
  private readonly changed: readonly { readonly component: Component; readonly from: Pick<PatchSource, 'positions'> | null }[];

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
    this.widths = { z: attention.nHeads * attention.dHead, mlp_post: mlp.dMlp, attn_out: d, mlp_out: d };
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
    const { dHead } = this.block.attention;
    const z = this.tensors.z.at(position);
    for (const { head, patched } of this.sourcesAt(position)) {
      // A head that is off, or replaced, takes nothing from its sources.
      patched?.value.forEach((x, i) => (z.patched[head * dHead + i] += patched.attention * x * z.keep[head * dHead + i]));
    }
    const feeds = this.feedsOf((name) => (name === 'z' ? z : this.tensors[name].at(position)));
    return { source_keep: this.sourceKeep(position), ...feeds };
  }

  /** Whether sources are edited within the first positions. */
  editsSources(positions: number): boolean {
    return this.position < positions && this.sourceEdits.length > 0;
  }

  /**
   * Inputs of the edited gradient graph over the first positions, in which sources are edited (`editsSources`).
   *
   * @param z [H·k] what the edited block has at the position whose sources are edited
   */
  gradientFeeds(positions: number, z: Float32Array): Record<string, Feed> {
    const { position } = this;
    const width = this.widths.z;
    const rows = this.tensors.z.each(positions);
    const keep = rows.keep.slice(position * width, (position + 1) * width);
    rows.keep.fill(0, position * width, (position + 1) * width);
    rows.patched.set(z, position * width);
    return {
      ...this.feedsOf((name) => (name === 'z' ? rows : this.tensors[name].first(positions))),
      source_position: indices([position]),
      source_keep: this.sourceKeep(position),
      source_z_keep: floats(keep, [1, width]),
    };
  }

  /** [H,1,position + 1] 0 for the edited sources, 1 for all others */
  private sourceKeep(position: number): Feed {
    const { nHeads } = this.block.attention;
    const keep = new Float32Array(nHeads * (position + 1)).fill(1);
    for (const { head, source } of this.sourcesAt(position)) keep[head * (position + 1) + source] = 0;
    return floats(keep, [nHeads, 1, position + 1]);
  }

  private feedsOf(rows: (name: EditedTensor) => EditedRows): Record<string, Feed> {
    return Object.assign({}, ...EDITED_TENSORS.map((name) => editFeeds(name, rows(name), this.widths[name]))) as Record<string, Feed>;
  }

  /** The edited sources, if this is the position under study. */
  sourcesAt(position: number): readonly SourceEdit[] {
    return position === this.position ? this.sourceEdits : [];
  }

  /** What is changed at a position: a shorter prompt has no values for the first positions of a longer one. */
  changedAt(position: number): { readonly component: Component; readonly mode: InterventionMode }[] {
    return this.changed.flatMap(({ component, from }) => {
      if (component.kind === 'source' && !this.sourcesAt(position).some((s) => s.head === component.head && s.source === component.source))
        return [];
      if (from !== null && this.partner(position, from) === null) return [];
      return [{ component, mode: from === null ? 'zero' : 'patch' } as const];
    });
  }

  /** The position of the other prompt that is as far from its end; null where that prompt is too short. */
  private partner(position: number, from: Pick<PatchSource, 'positions'>): number | null {
    const partner = position - this.positions + from.positions;
    return partner < 0 ? null : partner;
  }

  private editTensor({ component, from }: Change): void {
    const { dHead } = this.block.attention;
    switch (component.kind) {
      case 'head':
        return this.edit('z', component.head * dHead, dHead, from);
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
  private edit(name: EditedTensor, column: number, count: number, from: PatchSource | null): void {
    const tensor = this.tensors[name];
    if (from === null) return tensor.zero(column, count);
    const first = Math.max(0, this.positions - from.positions);
    const values = new Float32Array((this.positions - first) * count);
    const source = from.tensor(name);
    for (let position = first; position < this.positions; position++) {
      const at = (position - this.positions + from.positions) * this.widths[name] + column;
      values.set(source.subarray(at, at + count), (position - first) * count);
    }
    tensor.patch(first, column, count, values);
  }

  /** None where the other prompt has no partner of the source. */
  private sourceEdit({ head, source }: Extract<Component, { kind: 'source' }>, from: PatchSource | null): SourceEdit[] {
    if (from === null) return [{ head, source, patched: null }];
    const { nKeyValueHeads, dHead } = this.block.attention;
    const [reader, read] = [this.partner(this.position, from), this.partner(source, from)];
    const T = from.positions;
    if (reader === null || read === null) return [];
    const at = (read * nKeyValueHeads + keyValueHeadOf(this.block.attention)[head]) * dHead;
    return [
      {
        head,
        source,
        patched: { attention: from.tensor('pattern')[(head * T + reader) * T + read], value: from.tensor('v').slice(at, at + dHead) },
      },
    ];
  }
}
