/** What a model predicts and what else it might have said, in a line. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { TokenScore } from '#core/format/flow-graph';
import { showToken } from '#core/text/token-text';
import { html } from '../lib/dom/html';
import { formatProbability } from '../lib/format/number';

/** What was answered. */
interface Answered {
  readonly target: TokenScore & { readonly rank: number };
  readonly predictions: readonly TokenScore[];
}

/** How a line is shown. */
interface AnswerLineOptions {
  /** how many others are named */
  readonly runnersUp: number;
  /** why the target cannot be changed here; null: it can */
  readonly settled: string | null;
  /** Has another token explained. */
  readonly choose: (text: string) => void;
}

/** The target with its probability, then the runners-up; a click on one has it explained instead. */
export function answerLine({ target, predictions }: Answered, { runnersUp, settled, choose }: AnswerLineOptions): TemplateResult {
  const others = predictions.filter(({ id }) => id !== target.id).slice(0, runnersUp);
  return html`<b class="story-token" data-testid="story-token">${showToken(target)}</b>
    <span class="story-probability">${formatProbability(target.probability)}</span>
    <span class="story-then">${target.rank === 1 ? l10n.t('then') : l10n.t('instead of')}</span>
    ${others.map(
      (token) =>
        html`<button
          class="story-other"
          type="button"
          title=${
            token.fragment ? l10n.t('Part of a character cannot be explained by itself') : (settled ?? l10n.t('Explain this token instead'))
          }
          ?disabled=${token.fragment || settled !== null}
          @click=${() => choose(token.text)}
        >
          <span class="token-text">${showToken(token)}</span>${' '}${formatProbability(token.probability)}
        </button>`,
    )}`;
}
