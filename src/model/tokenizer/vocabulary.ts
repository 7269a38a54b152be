import type { TokenText } from '../../core/text/token-text';

/** The tokens of a model by id. */
export interface Vocabulary {
  /** Text of a token, ready to be shown. Ids that the vocabulary does not name have a text too (models pad their embedding). */
  tokenText(id: number): TokenText;
}
