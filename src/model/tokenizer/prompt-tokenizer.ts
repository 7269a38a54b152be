import type { PromptToken } from '../../core/format/flow-graph';
import type { TokenMatch } from '../../core/protocol/engine';
import { withCharacterParts } from '../../core/text/character-parts';
import { byteNames, VISIBLE_SPACE, type TokenText } from '../../core/text/token-text';
import { findAdded, type FindAdded } from './added-tokens';
import { align, type AlignedText } from './aligned-text';
import { concatenate, decodeUnits, decodeWhole, rangeOfBytes } from './byte-text';
import type { AddedToken, Definition } from './definition';
import type { Frame } from './frame';
import { leastLeft, normalization, type Transform } from './normalizers';
import { closeGaps, place, type PlacedToken } from './placed-token';
import { leavesOut, preTokenization, type Cut } from './pre-tokenizers';
import { isByteFallback, SPACE_MARK, tokenBytes, type Spelling } from './token-bytes';
import { tokenModel, type TokenModel } from './token-model';
import type { Vocabulary } from './vocabulary';

const encoder = new TextEncoder();

/** What is not written in tokenizer.json, or read off it elsewhere. */
export interface TokenizerTraits {
  readonly spelling: Spelling;
  readonly frame: Frame;
  /** the space before a text's first token is the tokenizer's own, not part of the text */
  readonly dropsFirstSpace: boolean;
}

/**
 * Cuts prompts into tokens and says which characters each covers, step by step as the reference implementation does: added
 * tokens, normalization, pre-tokenization, model. Every step keeps the alignment with the prompt.
 */
export class PromptTokenizer implements Vocabulary {
  private readonly added: ReadonlyMap<number, AddedToken>;
  private readonly model: TokenModel;
  private readonly findVerbatim: FindAdded;
  private readonly findNormalized: FindAdded;
  private readonly normalize: Transform;
  private readonly cut: Cut;
  /** every token as the vocabulary spells it, by id */
  private readonly spellings: readonly (string | undefined)[];
  /** UTF-16 units that tokens spell for each of the prompt, at the very least */
  private readonly leastSpelled: number;
  private readonly texts: TokenText[] = [];
  private index: ReadonlyMap<string, number> | null = null;
  /** UTF-16 units of the longest token; no token covers more, unless it swallows white space */
  private longest: number | null = null;

  /** @throws Problem `tokenizer-invalid` */
  constructor(
    definition: Definition,
    private readonly traits: TokenizerTraits,
  ) {
    const { added_tokens: added, model } = definition;
    this.added = new Map(added.map((token) => [token.id, token]));
    this.model = tokenModel(model);
    this.normalize = normalization(definition.normalizer);
    this.cut = preTokenization(definition.pre_tokenizer);
    const isNormalized = ({ normalized, special }: AddedToken): boolean => normalized ?? !special;
    this.findVerbatim = findAdded(added.filter((token) => !isNormalized(token)));
    this.findNormalized = findAdded(added.filter(isNormalized), (content) => this.normalize(align(content)).text);
    const spellings: string[] = [];
    for (const [token, id] of this.model.ids) spellings[id] = token;
    for (const { id, content } of added) spellings[id] = content;
    this.spellings = spellings;
    const spellsAll = (traits.spelling === 'byte-level' || model.byte_fallback) && !leavesOut(definition.pre_tokenizer);
    const swallowsSpace = added.some(({ lstrip, rstrip }) => lstrip || rstrip);
    this.leastSpelled = spellsAll && !swallowsSpace ? leastLeft(definition.normalizer) : 0;
  }

  /**
   * Cuts a prompt. Lone surrogates, which UTF-8 cannot write, are read as U+FFFD; their offsets stay right.
   * @param options.framed whether the tokens that the tokenizer adds by itself come around it; a conversation as a template writes it has its own
   * @returns tokens in order; those that the tokenizer adds by itself cover nothing (start = end)
   * @throws Problem `tokenizer-invalid` when the vocabulary has no way to write a character of the prompt
   */
  tokenize(prompt: string, { framed } = { framed: true }): PromptToken[] {
    const { before, after } = framed ? this.traits.frame : { before: [], after: [] };
    const body = this.encode(prompt);
    const tokens = [
      ...before.map((id) => ({ id, start: 0, end: 0 })),
      ...body,
      ...after.map((id) => ({ id, start: prompt.length, end: prompt.length })),
    ];
    return withCharacterParts(tokens.map((token) => this.named(token)));
  }

  /** A number of tokens that the prompt has at the very least. Quick, where cutting a very long text is not. */
  fewestTokens(prompt: string): number {
    if (this.leastSpelled === 0) return 0;
    this.longest ??= this.spellings.reduce((longest, _, id) => Math.max(longest, this.tokenText(id).text.length), 1);
    return Math.ceil((prompt.length * this.leastSpelled) / this.longest);
  }

  /** The text that tokens spell, and the tokens laid over it. Bytes that do not make up a whole character read as U+FFFD. */
  detokenize(ids: readonly number[]): { text: string; tokens: PromptToken[] } {
    const first = ids.findIndex((id) => this.added.get(id)?.special !== true);
    const pieces = ids.map((id, i) => {
      const bytes = this.bytes(id);
      return i === first && this.traits.dropsFirstSpace && bytes[0] === 0x20 ? bytes.subarray(1) : bytes;
    });
    const units = decodeUnits(concatenate(pieces));
    let at = 0;
    const tokens = ids.map((id, i) => {
      const begin = at;
      at += pieces[i].length;
      const [start, end] = rangeOfBytes(units, begin, at);
      return this.named({ id, start, end });
    });
    return { text: units.text, tokens: withCharacterParts(tokens) };
  }

  /** A token of a prompt with all that is known of it. */
  private named({ id, start, end }: PlacedToken): PromptToken {
    return { ...this.tokenText(id), ...(this.added.get(id)?.special && { special: true as const }), start, end };
  }

  tokenText(id: number): TokenText {
    return (this.texts[id] ??= this.describe(id));
  }

  /**
   * Reads a text as one token: its exact text, spaces included, or a fragment's bytes as they are shown. The marks that stand
   * for a space, where tokens are drawn and in SentencePiece's vocabularies, are understood in what may have been meant.
   */
  findToken(text: string): TokenMatch {
    const index = (this.index ??= this.buildIndex());
    const exact = index.get(text);
    if (exact !== undefined) return { kind: 'one', token: this.tokenText(exact) };

    const word = text.replaceAll(VISIBLE_SPACE, ' ').replaceAll(SPACE_MARK, ' ').trim();
    const lower = word.toLowerCase();
    const capital = lower.replace(/^./su, (first) => first.toUpperCase());
    const variants = word === '' ? [] : [word, capital, lower].flatMap((variant) => [` ${variant}`, variant]);
    const near = new Set(variants.map((variant) => index.get(variant)).filter((id) => id !== undefined));
    return {
      kind: 'many',
      pieces: this.encode(text).map(({ id }) => this.tokenText(id)),
      near: Array.from(near, (id) => this.tokenText(id)),
    };
  }

  /** The tokens of a text alone, without those that are added by themselves. */
  private encode(prompt: string): PlacedToken[] {
    const text = align(prompt.replace(/\p{Cs}/gu, '\uFFFD'));
    return closeGaps(
      this.findVerbatim(text).flatMap(({ token, text: stretch }) =>
        token ? [place(token.id, stretch, 0, stretch.text.length)] : this.encodeNormalized(this.normalize(stretch)),
      ),
      text.text,
    );
  }

  private encodeNormalized(text: AlignedText): PlacedToken[] {
    return this.findNormalized(text).flatMap(({ token, text: stretch }) =>
      token
        ? [place(token.id, stretch, 0, stretch.text.length)]
        : this.cut([stretch]).flatMap((piece) => this.model.cut(piece.text).map(({ id, from, to }) => place(id, piece, from, to))),
    );
  }

  private bytes(id: number): Uint8Array {
    const spelling = this.spellings[id];
    if (spelling === undefined) return encoder.encode(this.tokenText(id).text);
    // What was added to a byte-level vocabulary is written as it is; SentencePiece's marks are spaces in added tokens too.
    return this.added.has(id) && this.traits.spelling === 'byte-level'
      ? encoder.encode(spelling)
      : tokenBytes(spelling, this.traits.spelling);
  }

  private describe(id: number): TokenText {
    // Embeddings are often padded to a round number: ids without a token still turn up in a lens.
    if (this.spellings[id] === undefined) return { id, text: `#${id}` };
    const bytes = this.bytes(id);
    const text = decodeWhole(bytes);
    return text === null ? { id, text: byteNames(bytes), fragment: true } : { id, text };
  }

  /** Token texts to ids. Where two tokens share a text, the one that is not a single-byte fallback counts, else the lower id. */
  private buildIndex(): Map<string, number> {
    const index = new Map<string, number>();
    const fallbacks = new Map<string, number>();
    this.spellings.forEach((spelling, id) => {
      if (spelling === undefined) return;
      const into = isByteFallback(spelling, this.traits.spelling) ? fallbacks : index;
      const { text } = this.tokenText(id);
      if (!into.has(text)) into.set(text, id);
    });
    return new Map([...fallbacks, ...index]);
  }
}
