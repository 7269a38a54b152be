/** Reports what of a checkpoint a model honours, and what it leaves unread. */
import type { ModelNote, ModelReport } from '../../core/protocol/model-report';
import type { Checkpoint } from '../checkpoint/checkpoint';
import type { Family } from './family';
import { foreignClass, headlessClass, checkedFields } from './check-config';
import { nameInFile } from './stacked-tensors';

/** What older versions of transformers stored although it follows from the config: masks, positions, frequencies. */
const FOLLOWS =
  /(^|\.)(attn\.bias|attn\.masked_bias|attention\.bias|attention\.masked_bias|causal_mask|inv_freq|position_ids|embed_positions|embed_positions\.weights|act_fn\.eps)$/;
/** A tensor of a block: its number in the middle of its name. */
const IN_BLOCK = /\.\d+\./;

/**
 * @param read the fields of config.json that were read
 * @param needed the tensors that are read
 * @param notes what was noticed before
 */
export function reportOf(
  checkpoint: Checkpoint,
  family: Family,
  read: ReadonlySet<string>,
  needed: ReadonlyMap<string, unknown>,
  notes: readonly ModelNote[],
): ModelReport {
  const { config, tensors, skipped, copies, adapter } = checkpoint;
  const inUse = new Set([...needed.keys()].map(nameInFile));
  const unread = [...tensors.keys(), ...skipped.keys()].filter((name) => !inUse.has(name) && !FOLLOWS.test(name) && !copies?.has(name));
  const inBlocks = together(unread.filter((name) => IN_BLOCK.test(name)));
  const elsewhere = together(unread.filter((name) => !IN_BLOCK.test(name)));
  const fields = Object.keys(config);
  const more: ModelNote[] = [];
  const foreign = foreignClass(config, family.classes);
  if (foreign !== null) {
    const own = config['auto_map'] ? ', whose code is published with the model (auto_map)' : '';
    more.push({
      kind: 'warning',
      text: `config.json names the class ${foreign}${own}. It is run as a plain ${String(config['model_type'])} model: numbers may differ.`,
    });
  } else if (headlessClass(config)?.endsWith('Model') === false) {
    more.push({
      kind: 'warning',
      text: `config.json names the class ${headlessClass(config)}, which does not predict tokens: logits are read with the token table.`,
    });
  }
  if (inBlocks.length > 0) {
    more.push({
      kind: 'warning',
      text: `Weights inside blocks that config.json does not mention are not used: ${listed(inBlocks)}.`,
    });
  }
  if (elsewhere.length > 0) more.push({ kind: 'note', text: `Weights outside blocks that are not used: ${listed(elsewhere)}.` });
  if (adapter?.appliedTo !== undefined) {
    const updates = [...tensors.values()].filter(({ update }) => update !== undefined).length;
    more.push({
      kind: 'note',
      text: `The ${adapter.kind} adapter is applied to ${adapter.appliedTo}: ${updates} weights are updated as they are used.`,
    });
  } else if (adapter !== undefined) {
    const base = adapter.base ? ` of ${adapter.base}` : '';
    more.push({
      kind: 'warning',
      text: `An adapter${base} (adapter_config.json, ${adapter.kind}) is stored with the model and is not applied: numbers are those of the model without it.`,
    });
  }
  return {
    honoured: fields.filter((field) => read.has(field)),
    checked: fields.filter((field) => !read.has(field) && checkedFields.has(field)),
    unreadFields: fields.filter((field) => !read.has(field) && !checkedFields.has(field)),
    unreadTensors: [...inBlocks, ...elsewhere],
    notes: [...notes, ...more],
  };
}

/** Names that differ only in the numbers of blocks, once each, with how many there are. */
function together(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const pattern = name.replace(/\.\d+(?=\.)/g, '.*');
    counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  return Array.from(counts, ([pattern, count]) => (pattern.includes('*') ? `${pattern} (${count})` : pattern));
}

/** The first few of a list, and how many more there are. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4);
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ');
}
