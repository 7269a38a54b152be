/** Answers what the host asks of the page: what is on the screen, and how it is drawn. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '#core/problem';
import type { PageAnswer, PageQuestion } from '#core/protocol/page-questions';
import type { Screen } from '../parts/screen';
import { NIGHT, PAPER } from '../picture/picture';
import { canvasMeasure, pngOf } from '../picture/png';
import { svgOf } from '../picture/svg';
import { screenOf } from '../state/selectors';
import type { PageState } from '../state/page-state';

/** @param screen that is shown */
export function answerTo(question: PageQuestion, state: PageState, screen: Screen): PageAnswer {
  switch (question.of) {
    case 'view':
      return { of: 'view', screen: screenOf(state), drawn: screen.picture !== undefined, kept: { ...state.view } };
    case 'picture': {
      const measure = canvasMeasure();
      try {
        const picture = screen.picture?.(question.ground === 'dark' ? NIGHT : PAPER, measure) ?? null;
        if (picture === null) return { of: 'nothing', reason: l10n.t('There is no picture of this view.') };
        return { of: 'picture', as: question.as, data: question.as === 'svg' ? svgOf(picture, measure) : pngOf(picture) };
      } catch (thrown) {
        return { of: 'nothing', reason: thrown instanceof Error ? thrown.message : String(thrown) };
      }
    }
    default:
      return assertNever(question);
  }
}
