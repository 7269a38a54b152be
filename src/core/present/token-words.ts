/** A token of a prompt, by name. */
import * as l10n from '@vscode/l10n';
import { showToken, type ShownToken } from '../text/token-text';

/** "‘·Japan’", or where the prompt has the same token more than once, which of them: "token 4 ‘·John’", counted from 1. @param index from 0 */
export function tokenInWords(tokens: readonly ShownToken[], index: number): string {
  const token = tokens[index];
  if (token === undefined) return l10n.t`position ${index}`;
  const name = `‘${showToken(token)}’`;
  const same = tokens.filter(({ text }) => text === token.text);
  return same.length === 1 ? name : l10n.t`token ${index + 1} ${name}`;
}
