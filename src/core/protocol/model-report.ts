/** What of a checkpoint a model honours, and what it leaves unread: so that no number differs in silence. */

/** Something that a person who opens a model should know. */
export interface ModelNote {
  /** `warning`: numbers may differ from what was published; `note`: they do not */
  readonly kind: 'warning' | 'note';
  /** one sentence or two */
  readonly text: string;
}

/** See the head of this file. A checkpoint that asks for what is not computed has no report but a problem. */
export interface ModelReport {
  /** fields of config.json that the model's description was made from */
  readonly honoured: readonly string[];
  /** fields that are only checked: other values would be refused or warned of */
  readonly checked: readonly string[];
  /** other fields of config.json */
  readonly unreadFields: readonly string[];
  /** tensors that nothing reads, each repeated one once: `model.layers.*.self_attn.q_proj.bias (3)` */
  readonly unreadTensors: readonly string[];
  readonly notes: readonly ModelNote[];
}

/** The report's lists, each with what it is of; notes are not among them. */
export function reportLists(report: ModelReport): readonly (readonly [title: string, items: readonly string[]])[] {
  return [
    ['Fields of config.json that are honoured', report.honoured],
    ['Fields that are checked, and refused or warned of with other values', report.checked],
    ['Fields that nothing reads', report.unreadFields],
    ['Tensors that nothing reads', report.unreadTensors],
  ];
}
