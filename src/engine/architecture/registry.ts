import { Problem } from '../../core/problem';
import type { Checkpoint, TensorLocation } from '../checkpoint/checkpoint';
import type { Family } from './family';
import { findWeights } from './find-weights';
import { gpt2 } from './gpt2';
import type { ModelSpec } from './model-spec';

/** Every family that can be run: one file and one line each. */
const FAMILIES: readonly Family[] = [gpt2];

/**
 * The family of a model, judged from its config.json alone.
 *
 * @throws Problem `unknown-architecture`
 */
export function familyOf({ name, config }: Pick<Checkpoint, 'name' | 'config'>): Family {
  const modelType = config['model_type'];
  const family = FAMILIES.find((candidate) => candidate.modelType === modelType);
  if (family !== undefined) return family;
  const works = `Families that work: ${FAMILIES.map((known) => known.modelType).join(', ')}.`;
  throw typeof modelType === 'string'
    ? new Problem('unknown-architecture', `${name} is a "${modelType}" model, which is not supported.`, works)
    : new Problem('unknown-architecture', `config.json of ${name} names no model_type.`, works);
}

/** Whether models of a `model_type` can be run, as far as that alone tells. */
export function supportsFamily(modelType: string): boolean {
  return FAMILIES.some((known) => known.modelType === modelType);
}

/** A model, and where its weights lie. */
export interface DescribedModel {
  readonly spec: ModelSpec;
  /** the tensors that the model reads, and no others */
  readonly weights: ReadonlyMap<string, TensorLocation>;
}

/**
 * Describes the model in a checkpoint, and makes sure that the checkpoint holds it.
 *
 * @throws Problem `unknown-architecture`, `config-invalid`, `weights-missing` or `weights-invalid`
 */
export function describeModel(checkpoint: Checkpoint): DescribedModel {
  const family = familyOf(checkpoint);
  const spec = family.describe(checkpoint.config, (tensor) => checkpoint.tensors.has(tensor));
  return { spec, weights: findWeights(spec, checkpoint) };
}
