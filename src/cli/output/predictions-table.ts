/** What follows each of many prompts, one line a prompt. */
import type { PredictionTable } from '../../core/format/prediction-table';
import { escapeUnsafe, showPrompt, showToken } from '../../core/text/token-text';
import { percent } from './figures';
import { columns } from './table';

/** Tokens named on a line. */
const NAMED = 3;

/** Prompt, most likely next tokens with their probabilities, entropy in bits; or why there is none. */
export function predictionsTable({ rows }: PredictionTable): string {
  const head = ['prompt', ...Array.from({ length: NAMED }, (_, i) => `${i + 1}.`), 'entropy'];
  return columns([
    head,
    ...rows.map((row) => {
      const prompt = showPrompt(row.prompt);
      if ('problem' in row) return [prompt, escapeUnsafe(row.problem.message), ...Array<string>(NAMED).fill('')];
      const tokens = Array.from({ length: NAMED }, (_, i) => {
        const token = row.top.at(i);
        return token ? `${showToken(token)} ${percent(token.probability)}` : '';
      });
      return [prompt, ...tokens, `${row.entropy.toFixed(2)} bits`];
    }),
  ]);
}
