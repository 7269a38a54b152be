/** Why this token: the strongest causes in words, each with what is left of the prediction without it. */
import * as l10n from '@vscode/l10n';
import type { Cause, Explanation } from '#core/insight/explanation';
import { saturationNote } from '#core/present/effect-notes';
import { againstTitle, causeInWords, causeOffInWords, causeText, explanationText } from '#core/present/cause-words';
import type { StoryPhrase } from '#core/present/story-words';
import { showToken } from '#core/text/token-text';
import { createCauseList, type CauseLine } from '../../parts/cause-list';
import type { Page, Part } from '../../state/page';
import { CAUSES, causesSoFar } from './causes-state';
import type { CanGo } from './story-answer';

/** @param go shows the part of the model that a cause is @param canGo what cannot be shown is plain text */
export function createStoryCauses(page: Page, go: (of: NonNullable<StoryPhrase['of']>, position: number) => void, canGo: CanGo): Part {
  const lineOf = (cause: Cause, explanation: Explanation): CauseLine => {
    const head = cause.heads[0]?.head;
    return {
      key: cause.components.join(' '),
      text: causeInWords(cause, explanation),
      found: causeOffInWords(cause, explanation),
      copied: () => causeText(cause, explanation),
      ...(canGo(cause.layer, cause.position) && {
        go: () => go(head === undefined ? { layer: cause.layer, mlp: true } : { layer: cause.layer, head }, cause.position),
      }),
    };
  };
  return createCauseList(page, {
    candidates: CAUSES,
    of: 'story',
    title: ({ shown }) =>
      shown && {
        text: l10n.t`Why ‘${showToken(shown.graph.target)}’?`,
        note: l10n.t('Each cause is checked by running without it.'),
      },
    soFar: (insights) => {
      const soFar = causesSoFar(insights);
      if (soFar === null) return null;
      const { found, explanation, done, next } = soFar;
      return {
        lines: explanation.causes.map((cause) => lineOf(cause, explanation)),
        ...(explanation.against.length > 0 && {
          against: { title: againstTitle(explanation), lines: explanation.against.map((cause) => lineOf(cause, explanation)) },
        }),
        text: () => explanationText(explanation),
        note: done > 0 ? saturationNote(explanation.effects) : null,
        done,
        total: found.candidates.length,
        next,
      };
    },
  });
}
