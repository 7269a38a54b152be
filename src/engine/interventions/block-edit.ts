/** What interventions do to one block. docs/method.md, "What if". */
import type { Component, InterventionMode } from '../../core/format/component';
import type { ExpertAtWork } from '../../core/pass/block-state';
import type { ReplacedExpert } from '../../core/pass/effects';
import { attentionWidths, isMixture, type BlockSpec } from '../../model/architecture/model-spec';
import { absentFeeds, type NeuronElsewhere } from '../onnx/absent-neurons';
import { EDITED_TENSORS, type EditedTensor } from '../onnx/edits';
import { floats, indices, type Feed } from '../onnx/session-pool';
import { columnsOf, widthOf, type ComponentValues, type PlacedComponent } from './component-values';
import { isChosenNeuron } from './chosen-neuron';
import { editFeeds, RowEdit, type EditedRows } from './row-edit';

/** A change of one component: switched off, or replaced at the positions that there are values for. */
export interface Change extends PlacedComponent {
  readonly mode: InterventionMode;
  /** null: switched off */
  readonly values: ComponentValues | null;
}

/** A source of a head that is left out where it is read from one position, and what takes its place. */
export interface SourceEdit {
  readonly head: number;
  readonly source: number;
  /** value [k] in its place, and the probability that weights it; null: nothing takes the source's place */
  readonly patched: { readonly attention: number; readonly value: Float32Array } | null;
}

/** A component that is changed at a position, and how. */
interface ChangedHere {
  readonly component: Component;
  readonly mode: InterventionMode;
}

/** The first numbers of values: of a neuron its coefficient, without what it writes with it. */
const firstOf = (values: ComponentValues, count: number): ComponentValues =>
  new Map([...values].map(([position, value]) => [position, value.subarray(0, count)]));

/** Positions that follow one another. */
interface Span {
  readonly from: number;
  readonly count: number;
}

/** What a mixture is told of neurons whose experts are not at work. */
function absentOf({ mlp, attention }: BlockSpec, copies: readonly (readonly NeuronElsewhere[])[], span: Span): Record<string, Feed> {
  return isMixture(mlp) ? absentFeeds(copies, attention.o.weight.outputs, span) : {};
}

/** Edits of one block. */
export class BlockEdit {
  private readonly tensors: Readonly<Record<EditedTensor, RowEdit>>;
  /** by the position that reads */
  private readonly sourceEdits = new Map<number, SourceEdit[]>();
  /** what is put in the place of neurons of experts, for where these are not chosen */
  private readonly elsewhere: readonly NeuronElsewhere[];

  constructor(
    private readonly block: BlockSpec,
    private readonly changes: readonly Change[],
  ) {
    const none = (name: EditedTensor) => new RowEdit(widthOf(block, name));
    this.tensors = {
      z: none('z'),
      mlp_post: none('mlp_post'),
      mlp_yielded: none('mlp_yielded'),
      attn_out: none('attn_out'),
      mlp_out: none('mlp_out'),
    };
    // An expert that is changed as a whole overrides its neurons.
    const isWhole = ({ component }: Change) => component.kind === 'expert';
    for (const change of [...changes.filter((each) => !isWhole(each)), ...changes.filter(isWhole)]) this.add(change);
    this.elsewhere = changes.flatMap((change) => this.replacedNeuron(change) ?? []);
  }

  /** Positions below `positions` at which sources of heads are edited, ascending. */
  readers(positions: number): number[] {
    return [...this.sourceEdits.keys()].filter((reader) => reader < positions).sort((a, b) => a - b);
  }

  /** Inputs of the block's edited graph over the first positions, whose sources stay as they are. */
  feeds(positions: number): Record<string, Feed> {
    return this.feedsOf({ from: 0, count: positions }, (name) => this.tensors[name].first(positions));
  }

  /** The same over the first positions of copies of a prompt, one for each edit of this block. */
  static feedsOfEach(edits: readonly BlockEdit[], positions: number): Record<string, Feed> {
    const [{ block }] = edits;
    const feeds = EDITED_TENSORS.map((name) => {
      const rows = RowEdit.ofEach(
        edits.map(({ tensors }) => tensors[name]),
        positions,
      );
      return editFeeds(name, rows, widthOf(block, name));
    });
    const absent = edits.map(({ elsewhere }) => elsewhere);
    return Object.assign({}, ...feeds, absentOf(block, absent, { from: 0, count: positions })) as Record<string, Feed>;
  }

  /** Inputs of the edited graph that looks at one position. */
  feedsAt(position: number): Record<string, Feed> {
    const { nHeads } = this.block.attention;
    const { dValue } = attentionWidths(this.block.attention);
    const z = this.tensors.z.at(position);
    for (const { head, patched } of this.sourcesAt(position)) {
      // A head that is off, or replaced, takes nothing from its sources.
      patched?.value.forEach((x, i) => (z.patched[head * dValue + i] += patched.attention * x * z.keep[head * dValue + i]));
    }
    const feeds = this.feedsOf({ from: position, count: 1 }, (name) => (name === 'z' ? z : this.tensors[name].at(position)));
    const sourceKeep = floats(this.sourceKeep(position, position + 1), [nHeads, 1, position + 1]);
    return { source_keep: sourceKeep, ...feeds };
  }

  /**
   * Inputs of the edited gradient graph over the first positions, in which sources are edited (`readers`).
   *
   * @param z by reader: [H·k] what the edited block has there
   */
  gradientFeeds(positions: number, z: ReadonlyMap<number, Float32Array>): Record<string, Feed> {
    const { nHeads } = this.block.attention;
    const width = widthOf(this.block, 'z');
    const readers = this.readers(positions);
    const rows = this.tensors.z.each(positions);
    const keptOfZ = new Float32Array(readers.length * width);
    const keptSources = new Float32Array(readers.length * nHeads * positions);
    readers.forEach((reader, i) => {
      const row = rows.keep.subarray(reader * width, (reader + 1) * width);
      keptOfZ.set(row, i * width);
      row.fill(0);
      rows.patched.set(z.get(reader) ?? [], reader * width);
      keptSources.set(this.sourceKeep(reader, positions), i * nHeads * positions);
    });
    return {
      ...this.feedsOf({ from: 0, count: positions }, (name) => (name === 'z' ? rows : this.tensors[name].first(positions))),
      source_readers: indices(readers),
      source_keep: floats(keptSources, [readers.length, nHeads, positions]),
      source_z_keep: floats(keptOfZ, [readers.length, width]),
    };
  }

  /** The sources that are edited where they are read from a position. */
  sourcesAt(position: number): readonly SourceEdit[] {
    return this.sourceEdits.get(position) ?? [];
  }

  /** Whether the output of some expert is replaced, or may be that of a neuron of one that is not chosen. */
  get replacesExperts(): boolean {
    return this.elsewhere.length > 0 || this.changes.some(({ component, values }) => component.kind === 'expert' && values !== null);
  }

  /**
   * What is put in the place of what experts write at a position: of experts as a whole, and of neurons of those that are not at work there, whose
   * weights are in what they write.
   */
  expertsAt(position: number, atWork: readonly ExpertAtWork[]): readonly ReplacedExpert[] {
    const whole = this.changes.flatMap(({ component, values }): ReplacedExpert[] => {
      const value = values?.get(position);
      return component.kind === 'expert' && value ? [{ expert: component.expert, weight: value[0], yielded: value.subarray(1) }] : [];
    });
    const absent = new Map<number, ReplacedExpert & { readonly neurons: number }>();
    for (const { expert, values } of this.elsewhere) {
      const value = values.get(position);
      if (value === undefined || value[0] === 0 || atWork.some((other) => other.expert === expert)) continue;
      const { neurons, yielded } = absent.get(expert) ?? { neurons: 0, yielded: new Float32Array(value.length - 1) };
      const both = yielded.map((x, i) => x + value[1 + i]);
      absent.set(expert, { expert, weight: 1, neurons: neurons + 1, yielded: both });
    }
    return [...whole, ...absent.values()];
  }

  /** What is changed at a position: a shorter prompt has no values for the first positions of a longer one. */
  changedAt(position: number): ChangedHere[] {
    return this.changes
      .filter(({ positions, values }) => (values === null ? positions.includes(position) : values.has(position)))
      .map(({ component, mode }) => ({ component, mode }));
  }

  /** [H,count] 0 for the sources that are edited at a position, 1 for all others */
  private sourceKeep(position: number, count: number): Float32Array {
    const keep = new Float32Array(this.block.attention.nHeads * count).fill(1);
    for (const { head, source } of this.sourcesAt(position)) keep[head * count + source] = 0;
    return keep;
  }

  private feedsOf(span: Span, rows: (name: EditedTensor) => EditedRows): Record<string, Feed> {
    const feeds = EDITED_TENSORS.map((name) => editFeeds(name, rows(name), widthOf(this.block, name)));
    return Object.assign({}, ...feeds, absentOf(this.block, [this.elsewhere], span)) as Record<string, Feed>;
  }

  /** A neuron that is replaced, where its expert is not changed as a whole; null for any other change. */
  private replacedNeuron({ component, values }: Change): NeuronElsewhere | null {
    if (values === null || !isChosenNeuron(component)) return null;
    const { expert } = component;
    const kept = [...values].filter(([position]) => !this.changesExpert(expert, position));
    return { expert, values: new Map(kept) };
  }

  /** Whether an expert is off, or replaced, as a whole. */
  private changesExpert(expert: number, position: number): boolean {
    return this.changes.some(({ component, positions, values }) => {
      if (component.kind !== 'expert' || component.expert !== expert) return false;
      return values === null ? positions.includes(position) : values.has(position);
    });
  }

  private add({ component, positions, length, values }: Change): void {
    const columns = columnsOf(this.block, component);
    if (columns !== null) {
      const tensor = this.tensors[columns.name];
      if (values && component.kind === 'expert') {
        // Its own neurons write nothing, and what it wrote elsewhere is added: it need not be chosen here.
        tensor.zero(columns.column, columns.count, [...values.keys()]);
        this.tensors.mlp_yielded.add(new Map([...values].map(([position, value]) => [position, value.subarray(1)])));
      } else if (values) tensor.patch(columns.column, columns.count, firstOf(values, columns.count));
      else tensor.zero(columns.column, columns.count, positions.length === length ? null : positions);
      return;
    }
    if (component.kind !== 'source') return;
    const { head, source } = component;
    for (const reader of positions) {
      const value = values?.get(reader);
      if (values !== null && value === undefined) continue;
      const patched = value === undefined ? null : { attention: value[0], value: value.subarray(1) };
      const others = this.sourceEdits.get(reader) ?? [];
      this.sourceEdits.set(reader, [...others, { head, source, patched }]);
    }
  }
}
