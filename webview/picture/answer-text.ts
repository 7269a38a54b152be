/** What a model predicts and what else it might have said, as text. */
import * as l10n from '@vscode/l10n';
import type { Story } from '#core/insight/story';
import { showToken } from '#core/text/token-text';
import { formatProbability } from '../lib/format/number';

/** "visit-small: ·Tokyo 97%, then ·Kyoto 1%, ·Paris 0.4%" @param runnersUp how many others are named */
export function answerText({ model, target, predictions }: Pick<Story, 'model' | 'target' | 'predictions'>, runnersUp: number): string {
  const others = predictions.filter(({ id }) => id !== target.id).slice(0, runnersUp);
  const named = others.map((token) => `${showToken(token)} ${formatProbability(token.probability)}`).join(', ');
  const answer = `${showToken(target)} ${formatProbability(target.probability)}`;
  return target.rank === 1 ? l10n.t`${model.name}: ${answer}, then ${named}` : l10n.t`${model.name}: ${answer}, instead of ${named}`;
}
