/** Tokens by their place. */
import { showToken, type TokenText } from '../../core/text/token-text';

/** The token at a position, as a person reads it; nothing where there is none. */
export function tokenAt(tokens: readonly Pick<TokenText, 'text' | 'fragment'>[], position: number): string {
  const token = tokens[position];
  return token ? showToken(token) : '';
}
