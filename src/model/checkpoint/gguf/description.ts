/** What a GGUF file says of its model, read with the checks that foreign numbers need. */
import { Problem } from '../../../core/problem';
import { shownValue, type GgufHeader, type GgufTensor, type GgufValue } from './header';

/** See the head of this file. Keys are those of the architecture: `block_count` is `llama.block_count` in a Llama. */
export class GgufDescription {
  /** `general.architecture`; empty where the file names none */
  readonly architecture: string;
  /** `general.type`: what the file is; files of models mostly do not say it */
  readonly type: string;
  private readonly tensors: ReadonlyMap<string, GgufTensor>;

  /** @param numbers of the small tensors that say how positions are stretched, by the name of the tensor */
  constructor(
    private readonly header: GgufHeader,
    private readonly numbers: ReadonlyMap<string, readonly number[]> = new Map(),
  ) {
    const architecture = header.metadata.get('general.architecture');
    this.architecture = typeof architecture === 'string' ? architecture : '';
    const type = header.metadata.get('general.type');
    this.type = typeof type === 'string' ? type : 'model';
    this.tensors = new Map(header.tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** Whether the file holds a tensor. */
  has(tensor: string): boolean {
    return this.tensors.has(tensor);
  }

  /** The numbers of a tensor that says how positions are stretched; undefined where there is none. */
  factors(tensor: string): readonly number[] | undefined {
    return this.numbers.get(tensor);
  }

  /** A size that the model cannot be without. @throws Problem `config-invalid` */
  size(key: string): number {
    const size = this.optionalSize(key);
    if (size === undefined) throw this.unsound(key, 'is missing');
    return size;
  }

  /** A positive whole number; one for each block is read where all are the same. @throws Problem `config-invalid` */
  optionalSize(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const each = Array.isArray(value) ? (value as readonly GgufValue[]) : [value];
    const [first] = each;
    if (each.some((other) => other !== first)) throw this.unsound(key, 'is another in every block, which is not supported');
    if (typeof first !== 'number' || !Number.isInteger(first) || first < 1) throw this.unsound(key, `is ${shownValue(first)}, not a size`);
    return first;
  }

  /** How many of something there are, which may be none. @throws Problem `config-invalid` */
  optionalCount(key: string): number | undefined {
    return this.number(key) === 0 ? 0 : this.optionalSize(key);
  }

  /** @throws Problem `config-invalid` for what is not a finite number */
  number(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.unsound(key, `is ${shownValue(value)}, not a number`);
    return shortest(value);
  }

  /** A number that is only there when it is more than 0. @throws Problem `config-invalid` */
  positive(key: string): number | undefined {
    const value = this.number(key);
    return value !== undefined && value > 0 ? value : undefined;
  }

  /** @throws Problem `config-invalid` */
  flag(key: string): boolean | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.unsound(key, `is ${shownValue(value)}, not true or false`);
  }

  /** Whether something is so in each block. @throws Problem `config-invalid` for what is not a list of as many as there are blocks */
  flags(key: string): readonly boolean[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const each = Array.isArray(value) ? (value as readonly GgufValue[]) : [];
    const flags = each.filter((flag) => typeof flag === 'boolean');
    if (flags.length !== each.length || flags.length !== this.size('block_count'))
      throw this.unsound(key, 'is not a list that says true or false of each block');
    return flags;
  }

  /** @throws Problem `config-invalid` */
  text(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'string') return value;
    throw this.unsound(key, `is ${shownValue(value)}, not a word`);
  }

  /** Rows of the token table. @throws Problem `weights-missing` */
  get vocabularySize(): number {
    const size = this.tensors.get('token_embd.weight')?.shape[0];
    if (size === undefined)
      throw new Problem(
        'weights-missing',
        'The file has no token table (token_embd.weight).',
        'The file is damaged or not a language model.',
      );
    return size;
  }

  get headCount(): number {
    return this.few('attention.head_count', this.size('attention.head_count'));
  }

  get keyValueHeadCount(): number {
    const key = 'attention.head_count_kv';
    return this.few(key, this.optionalSize(key) ?? this.headCount);
  }

  get expertCount(): number {
    return this.few('expert_count', this.size('expert_count'));
  }

  /** Width of a head. @throws Problem `config-invalid` */
  get headWidth(): number {
    const width = this.optionalSize('attention.key_length') ?? this.size('embedding_length') / this.headCount;
    const values = this.optionalSize('attention.value_length') ?? width;
    if (!Number.isInteger(width)) throw this.unsound('attention.head_count', 'does not divide the embedding length');
    if (values !== width) throw this.unsound('attention.value_length', `is ${values}, where keys have ${width} features: not supported`);
    return width;
  }

  /** What is wrong with a key of the metadata. */
  unsound(key: string, what: string): Problem {
    return new Problem(
      'config-invalid',
      `The metadata of the GGUF file: ${this.architecture}.${key} ${what}.`,
      'The file may be damaged or made by another version of its converter: fetch it again, or choose the original model in safetensors.',
    );
  }

  /** A number of things that are listed one by one. @throws Problem `config-invalid` for one that is too large to be true */
  private few(key: string, count: number): number {
    if (count > MOST_LISTED) throw this.unsound(key, `is ${count}, more than any model has`);
    return count;
  }

  private value(key: string): GgufValue | undefined {
    return this.header.metadata.get(`${this.architecture}.${key}`);
  }
}

const MOST_LISTED = 65_536;

/** The decimal number that was rounded to 32 bits: 1e-5 instead of 9.999999747378752e-6. */
function shortest(value: number): number {
  if (Number.isInteger(value) || Math.fround(value) !== value) return value;
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}
