/** What an adapter changes, in words: which of its updates have nodes, and how the others act. */
import * as l10n from '@vscode/l10n';
import type { AdapterInfo } from '../format/adapter-info';

/** A sentence for each of what it adds to the stream, what it changes within, and what is outside the blocks. */
export function adapterInWords({ kind, base, matrices, others }: AdapterInfo): string {
  const listed = (found: AdapterInfo['matrices']): string =>
    [...new Set(found.map(({ matrix, rank }) => l10n.t`${matrix} (rank ${rank})`))].join(', ');
  const written = listed(matrices.filter(({ summand }) => summand));
  const within = listed(matrices.filter(({ summand }) => summand === undefined));
  return [
    l10n.t`${kind} adapter on ${base}.`,
    ...(written === '' ? [] : [l10n.t`Updates with a node of their own: ${written}.`]),
    ...(within === '' ? [] : [l10n.t`Updates that act through patterns and activations, and have no node: ${within}.`]),
    ...(others === undefined ? [] : [l10n.t`Outside the blocks: ${others.join(', ')}.`]),
  ].join('\n');
}
