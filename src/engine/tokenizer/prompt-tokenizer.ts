import type { Tokenizer } from '@huggingface/tokenizers';
import type { PromptToken } from '../../core/graph/flow-graph';
import { Problem } from '../../core/problem';
import type { TokenMatch } from '../../core/protocol/engine';
import { showBytes, VISIBLE_SPACE, type TokenText } from '../../core/text/token-text';
import { decodeUnits, decodeWhole, textUnits, type NormalizationForm, type TextUnits } from './text-units';
import { isByteFallback, tokenBytes, type Spelling } from './token-bytes';
import type { Vocabulary } from './vocabulary';

const SPACE = 0x20;
const encoder = new TextEncoder();

/** How a tokenizer treats text, as its definition says. */
export interface TokenizerTraits {
  readonly spelling: Spelling;
  /** Unicode normalization before cutting; null: none */
  readonly form: NormalizationForm | null;
}

/** A token that was added to the vocabulary as a literal text, such as `<|endoftext|>`. */
interface AddedToken {
  readonly id: number;
  /** takes the white space in front of it, or behind it, with it */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/** A token of the library's answer: its spelling and its id. */
interface RawToken {
  readonly spelling: string;
  readonly id: number;
}

/**
 * Cuts prompts into tokens and says which characters each covers. The library that does the cutting gives no offsets;
 * they are found by laying the tokens' bytes over the prompt's, and every byte must fit.
 */
export class PromptTokenizer implements Vocabulary {
  private readonly added: ReadonlyMap<string, AddedToken>;
  /** number of tokens that the tokenizer itself puts in front of every prompt, and behind it */
  private readonly leading: number;
  private readonly trailing: number;
  private readonly texts: TokenText[] = [];
  private index: ReadonlyMap<string, number> | null = null;
  /** UTF-16 units of the longest token; no token covers more, unless it swallows white space */
  private longest: number | null = null;

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly traits: TokenizerTraits,
  ) {
    const added = [...tokenizer.get_added_tokens_decoder()];
    this.added = new Map(added.map(([id, { content, lstrip, rstrip }]) => [content, { id, lstrip, rstrip }]));
    const isOrdinary = tokenizer.tokenize('a', { add_special_tokens: true }).map((token) => !this.added.has(token));
    this.leading = Math.max(0, isOrdinary.indexOf(true));
    this.trailing = isOrdinary.length - 1 - isOrdinary.lastIndexOf(true);
  }

  /**
   * Cuts a prompt. Lone surrogates, which UTF-8 cannot write, are read as U+FFFD; their offsets stay right.
   * @returns tokens in order; those that the tokenizer adds by itself cover nothing (start = end)
   * @throws Problem `tokenizer-invalid` when the tokens do not spell the prompt, so that offsets would be wrong
   */
  tokenize(prompt: string): PromptToken[] {
    const text = prompt.replace(/\p{Cs}/gu, '\uFFFD');
    const all = this.encode(text, true);
    const bodyEnd = all.length - this.trailing;
    return [
      ...all.slice(0, this.leading).map(({ id }) => this.promptToken(id, 0, 0)),
      ...this.place(all.slice(this.leading, bodyEnd), text),
      ...all.slice(bodyEnd).map(({ id }) => this.promptToken(id, text.length, text.length)),
    ];
  }

  /** A number of tokens that the prompt has at the very least. Quick, where cutting a very long text is not. */
  fewestTokens(prompt: string): number {
    if ([...this.added.values()].some(({ lstrip, rstrip }) => lstrip || rstrip)) return 0;
    this.longest ??= [...this.tokenizer.get_vocab().values()].reduce((longest, id) => Math.max(longest, this.tokenText(id).text.length), 1);
    const { form } = this.traits;
    return Math.ceil((form === null ? prompt : prompt.normalize(form)).length / this.longest);
  }

  /** The text that tokens spell, and the tokens laid over it. Bytes that are no whole character read as U+FFFD. */
  detokenize(ids: readonly number[]): { text: string; tokens: PromptToken[] } {
    const pieces = ids.map((id) => this.bytes(id));
    const units = decodeUnits(concatenate(pieces));
    let at = 0;
    const tokens = ids.map((id, i) => {
      const begin = at;
      at += pieces[i].length;
      return this.promptToken(id, ...range(units, begin, at, units.text.length));
    });
    return { text: units.text, tokens };
  }

  tokenText(id: number): TokenText {
    return (this.texts[id] ??= this.describe(id));
  }

  /** Reads a text as one token: its exact text, spaces included, or a fragment's bytes as they are shown. */
  findToken(text: string): TokenMatch {
    const index = (this.index ??= this.buildIndex());
    const exact = index.get(text);
    if (exact !== undefined) return { kind: 'one', token: this.tokenText(exact) };

    const word = text.replaceAll(VISIBLE_SPACE, ' ').trim();
    const lower = word.toLowerCase();
    const capital = lower.replace(/^./su, (first) => first.toUpperCase());
    const variants = word === '' ? [] : [word, capital, lower].flatMap((variant) => [` ${variant}`, variant]);
    const near = new Set(variants.map((variant) => index.get(variant)).filter((id) => id !== undefined));
    return {
      kind: 'many',
      pieces: this.encode(text.replace(/\p{Cs}/gu, '\uFFFD'), false).map(({ id }) => this.tokenText(id)),
      near: Array.from(near, (id) => this.tokenText(id)),
    };
  }

  private encode(text: string, withSpecialTokens: boolean): RawToken[] {
    const { ids, tokens } = this.tokenizer.encode(text, { add_special_tokens: withSpecialTokens });
    return tokens.map((spelling, i) => {
      const id: number | undefined = ids[i];
      if (id === undefined) throw new Problem('tokenizer-invalid', `The tokenizer produced ${JSON.stringify(spelling)}, which is not in its vocabulary.`);
      return { spelling, id };
    });
  }

  /** Lays the tokens over the text that they were cut from, one stretch between added tokens after the other. */
  private place(tokens: readonly RawToken[], text: string): PromptToken[] {
    const placed: PromptToken[][] = [];
    let at = 0;
    let stretch: RawToken[] = [];
    for (const token of tokens) {
      const added = this.added.get(token.spelling);
      if (!added) {
        stretch.push(token);
        continue;
      }
      const found = text.indexOf(token.spelling, at);
      if (found < 0) throw cannotPlace(token.spelling);
      let end = found + token.spelling.length;
      const start = added.lstrip ? at + text.slice(at, found).trimEnd().length : found;
      if (added.rstrip) end = text.length - text.slice(end).trimStart().length;
      placed.push(this.placeStretch(stretch, text.slice(at, start), at), [this.promptToken(token.id, start, end)]);
      stretch = [];
      at = end;
    }
    return [...placed, this.placeStretch(stretch, text.slice(at), at)].flat();
  }

  /** Lays ordinary tokens over their text, which begins at `offset` of the prompt. */
  private placeStretch(tokens: readonly RawToken[], text: string, offset: number): PromptToken[] {
    const { spelling, form } = this.traits;
    // SentencePiece writes the space as ▁, so it cannot tell a real ▁ from a space either; both are one UTF-16 unit.
    const units = textUnits(spelling === 'metaspace' ? text.replaceAll('▁', ' ') : text, offset, form);
    const pieces = tokens.map((token) => tokenBytes(token.spelling, spelling));
    const bytes = concatenate(pieces);
    // Some tokenizers put a space in front of a text, which no character of the prompt stands for.
    const prefix = units !== null && bytes.length === units.bytes.length + 1 && bytes[0] === SPACE ? 1 : 0;
    if (units === null || !equal(bytes.subarray(prefix), units.bytes)) throw cannotPlace(text);

    let end = -prefix;
    return tokens.map(({ id }, i) => {
      const begin = end;
      end += pieces[i].length;
      return this.promptToken(id, ...range(units, Math.max(begin, 0), end, offset));
    });
  }

  private promptToken(id: number, start: number, end: number): PromptToken {
    return { ...this.tokenText(id), start, end };
  }

  private bytes(id: number): Uint8Array {
    const token = this.tokenizer.id_to_token(id);
    if (token === undefined) return encoder.encode(this.tokenText(id).text);
    return this.added.has(token) ? encoder.encode(token) : tokenBytes(token, this.traits.spelling);
  }

  private describe(id: number): TokenText {
    // Embeddings are often padded to a round number: ids without a token still turn up in a lens.
    if (this.tokenizer.id_to_token(id) === undefined) return { id, text: `#${id}` };
    const bytes = this.bytes(id);
    const text = decodeWhole(bytes);
    return text === null ? { id, text: showBytes(bytes), fragment: true } : { id, text };
  }

  /** Token texts to ids. Where two tokens share a text, the one that is no single-byte fallback counts, else the lower id. */
  private buildIndex(): Map<string, number> {
    const index = new Map<string, number>();
    const fallbacks = new Map<string, number>();
    for (const [token, id] of this.tokenizer.get_vocab()) {
      if (token === undefined) continue;
      const into = isByteFallback(token, this.traits.spelling) ? fallbacks : index;
      const { text } = this.tokenText(id);
      if (!into.has(text)) into.set(text, id);
    }
    return new Map([...fallbacks, ...index]);
  }
}

/** UTF-16 range of the bytes [begin, end); an empty one lies where the text goes on, or at `otherwise`. */
function range({ starts, ends }: TextUnits, begin: number, end: number, otherwise: number): [start: number, end: number] {
  if (end > begin) return [starts[begin], ends[end - 1]];
  const start = starts[begin] ?? otherwise;
  return [start, start];
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function cannotPlace(text: string): Problem {
  const excerpt = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new Problem(
    'tokenizer-invalid',
    `The model’s tokenizer changes the text ${JSON.stringify(excerpt)}, so its tokens cannot be placed in the prompt.`,
    'Leave out unusual characters, or choose a model with a byte-level tokenizer.',
  );
}
