/** What every block does to the prediction, as a table for a terminal. */
import { NO_SHARES, type BranchEffect, type EffectOnToken, type Overview } from '../../core/insight/overview';
import { showToken } from '../../core/text/token-text';
import { signed } from './figures';
import { columns } from './table';
import { tokenAt } from './token-at';

/** Tokens named in one cell. */
const NAMED = 3;

/** Two lines a block, attention and feed-forward (if it has one); below them the heads whose shares are the largest either way. */
export function overviewTable({ model, blocks, target, position, tokens, listed }: Overview): string {
  if (blocks.length === 0) return `${NO_SHARES}\n`;
  const line = (name: string, { share, promotes, suppresses }: BranchEffect): string[] => [
    name,
    signed(share),
    names(promotes),
    names(suppresses),
  ];
  const of = target.against ? `${showToken(target)} against ${showToken(target.against)}` : showToken(target);
  const kind = target.measure === 'difference' ? '' : `${target.measure} `;
  const lists = ['promotes', 'suppresses'].map((name) => `${name} (${listed})`);
  const head = [`at ${position} ${tokenAt(tokens, position)}`, `${kind}share of ${of}`, ...lists];
  const rows = blocks.flatMap(({ layer, attention, mlp }) => [
    line(`${layer}.attn`, attention),
    ...(model.dMlp > 0 ? [line(`${layer}.mlp`, mlp)] : []),
  ]);
  const heads = blocks
    .flatMap((block) => block.heads.map((share, h) => ({ name: `${block.layer}.${h}`, share })))
    .sort((a, b) => Math.abs(b.share) - Math.abs(a.share))
    .slice(0, 5);
  return `${columns([head, ...rows])}\nheads with the largest ${kind}shares: ${heads.map(({ name, share }) => `${name} ${signed(share)}`).join(', ')}\n`;
}

function names(tokens: readonly EffectOnToken[]): string {
  return tokens
    .slice(0, NAMED)
    .map((token) => `${showToken(token)} ${signed(token.effect)}`)
    .join('  ');
}
