import type { JsonObject } from '../../json';
import type { GgufDescription } from '../description';

/** One of several parts that the rows of a tensor are, one after the other. */
export interface RowPart {
  /** what is added to the name of the whole, before `.weight` or `.bias` */
  readonly name: string;
  readonly rows: number;
}

/** How GGUF files hold the models of one family. */
export interface GgufArchitecture {
  /**
   * The names of tensors in GGUF, without `.weight` and `.bias` and with `*` for the number of a block, and those that transformers has
   * for them.
   */
  readonly names: Readonly<Record<string, string>>;
  /** The model in the words of config.json. @throws Problem `config-invalid` */
  config(file: GgufDescription): JsonObject;
  /** whether rows of queries and keys are stored pair by pair, as llama.cpp rotates them */
  readonly pairsHeads?: true;
  /** whether norms are stored with their whole gain, where transformers stores gain − 1 */
  readonly storesWholeGains?: true;
  /** names of weights that are stored as [outputs, inputs], where transformers has them as [inputs, outputs] */
  readonly transposed?: readonly string[];
  /** weights of one row that are stored without the axis of their outputs */
  readonly rowVectors?: readonly string[];
  /** names of tensors that transformers has under a name of its own, whatever follows theirs */
  readonly wholeNames?: Readonly<Record<string, string>>;
  /** matrices that are stored as one for each head, and whether those are transposed: [heads, inputs, outputs] */
  readonly byHeads?: Readonly<Record<string, 'as they are' | 'transposed'>>;
  /** tensors whose rows are parts, which become tensors of their own */
  readonly parts?: Readonly<Record<string, (file: GgufDescription) => readonly RowPart[]>>;
}

/** Queries, keys and values, one after the other. */
export function queriesKeysValues(file: GgufDescription, names: readonly [string, string, string] = ['q', 'k', 'v']): RowPart[] {
  const { headCount, keyValueHeadCount, headWidth } = file;
  return [headCount, keyValueHeadCount, keyValueHeadCount].map((heads, i) => ({ name: names[i], rows: heads * headWidth }));
}

/** The matrices of all experts, one after the other, each under the number of its expert and a name. */
export function ofExperts(name: string): (file: GgufDescription) => RowPart[] {
  return (file) => Array.from({ length: file.expertCount }, (_, expert) => ({ name: `${expert}.${name}`, rows: 1 }));
}
