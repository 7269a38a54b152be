/** Tokens by their place. */
import { showToken, type ShownToken } from '../../core/text/token-text';

/** The token at a position, as a person reads it; nothing where there is none. */
export function tokenAt(tokens: readonly ShownToken[], position: number): string {
  const token = tokens[position];
  return token ? showToken(token) : '';
}
