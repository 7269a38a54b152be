import type { JsonObject } from '../json';
import type { PackedTensors } from './packed-tensors';

/** A method of quantisation whose weights can be read: one file each. */
export interface QuantisationMethod {
  /** What of a configuration cannot be read, as the end of the sentence “its weights are …”; null where all can. */
  refusal(settings: JsonObject): string | null;
  /**
   * Puts packed weights in the place of their parts.
   * @throws Problem `weights-missing`, `weights-invalid`, and what reading throws
   */
  unpack(settings: JsonObject, tensors: PackedTensors): Promise<void>;
}

/** A value for a message. */
export const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
