/** What config.json says of the arithmetic beside a family's own fields: judged for every family alike, never passed over. */
import { Problem } from '../../core/problem';
import type { Checkpoint } from '../checkpoint/checkpoint';
import { QUANTISATION_FIELDS, quantisationOf, whyUnreadable } from '../checkpoint/quantised/methods';
import type { Config } from './family';

/** A field that changes what any model computes. */
interface ArithmeticField {
  readonly field: string;
  /** whether a value leaves the arithmetic as it is; a field that is absent or null always does */
  readonly harmless: (value: unknown) => boolean;
  /** what other values mean, as the end of the sentence “… is true: …” */
  readonly meaning: string;
  readonly hint: string;
}

const isFalse = (value: unknown): boolean => value === false;
const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;

const NOT_CAUSAL = 'attention is not causal, so that every token sees those after it, as in models of embeddings.';
const CHOOSE_DECODER = 'Choose a model that predicts the next token.';

/** Fields that are refused unless the family has read them. */
const FIELDS: readonly ArithmeticField[] = [
  { field: 'is_causal', harmless: (value) => value === true, meaning: NOT_CAUSAL, hint: CHOOSE_DECODER },
  { field: 'use_bidirectional_attention', harmless: isFalse, meaning: NOT_CAUSAL, hint: CHOOSE_DECODER },
  {
    field: 'add_cross_attention',
    harmless: isFalse,
    meaning: 'a decoder that reads an encoder cannot be run on a prompt alone.',
    hint: 'Choose a checkpoint of a decoder-only model.',
  },
  {
    field: 'pruned_heads',
    harmless: isEmpty,
    meaning: 'some layers have fewer heads than others.',
    hint: 'Choose the checkpoint from before its heads were pruned.',
  },
];

/** The end of a name under which quantised weights are packed, where a plain one would be `.weight`, or a stack’s own. */
const PACKED = /(\.(qweight|qzeros|weight_packed|weight_scale|weight_scale_inv|weight\.absmax|weight\.quant_map)|[._]blocks)$/;

/**
 * Refuses a model whose config.json asks for arithmetic that its family does not compute.
 *
 * @param read the fields that the family has read, and therefore computes or refuses itself
 * @throws Problem `config-invalid` naming the field, what it means and what to do
 */
export function checkArithmetic({ name, config, tensors, skipped, isUnpacked }: Checkpoint, read: ReadonlySet<string>): void {
  const quantisation = isUnpacked ? null : quantisationOf(config);
  const packed = [...tensors.keys(), ...skipped.keys()].find((tensor) => PACKED.test(tensor));
  if (quantisation !== null || packed !== undefined) {
    const why = quantisation && whyUnreadable(quantisation);
    const method = why ?? (quantisation?.method ? ` with ${quantisation.method}` : '');
    const says = quantisation ? ` (${quantisation.field} in config.json)` : ` (it holds ${packed})`;
    const how =
      packed === undefined
        ? 'Its weights, and perhaps its activations, are rounded only while it runs, which is not done here'
        : 'Its weights are packed in a form that cannot be read';
    throw new Problem('config-invalid', `${name} is quantised${method}${says}. ${how}.`, 'Choose the original model, before quantisation.');
  }
  for (const { field, harmless, meaning, hint } of FIELDS) {
    const value = config[field];
    if (value === undefined || value === null || read.has(field) || harmless(value)) continue;
    throw new Problem('config-invalid', `config.json: ${field} is ${JSON.stringify(value)}; ${meaning}`, hint);
  }
}

/** Of the class that a config names: the name of the family, and whether it predicts tokens. */
const CLASS = /^(?<family>\w+?)(Text)?(?<head>ForCausalLM|LMHeadModel|DoubleHeadsModel|Model|PreTrainedModel|For[A-Z]\w*)$/;
const squeezed = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');

/**
 * The class that wrote a checkpoint, where config.json names one that is not the family's own; else null.
 *
 * @param others see `Family.classes`
 */
export function foreignClass(config: Config, others: readonly string[] = []): string | null {
  const { architectures, model_type: modelType } = config;
  const name: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  if (typeof name !== 'string' || typeof modelType !== 'string') return null;
  const family = squeezed(CLASS.exec(name)?.groups?.['family'] ?? name);
  const own = [modelType, ...others].map(squeezed);
  return own.includes(family) || own.includes(`${family}text`) ? null : name;
}

/** The class that config.json names, for models whose head does not predict tokens or that have none; else null. */
export function headlessClass(config: Config): string | null {
  const { architectures } = config;
  const name: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const head = typeof name === 'string' ? CLASS.exec(name)?.groups?.['head'] : undefined;
  return typeof name === 'string' && head !== undefined && !/^ForCausalLM$|^LMHead|^DoubleHeads|^ForConditional/.test(head) ? name : null;
}

/** Fields that no family reads, but that are looked at: their values are refused or warned of if numbers could differ. */
export const checkedFields: ReadonlySet<string> = new Set([
  ...FIELDS.map(({ field }) => field),
  ...QUANTISATION_FIELDS,
  'architectures',
  'auto_map',
  'model_type',
]);
