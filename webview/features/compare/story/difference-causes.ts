/** What parts two passes: the parts that would take the right answer over to the left one, each measured. */
import * as l10n from '@vscode/l10n';
import { differenceExplained, type DifferenceCheck, type DifferenceExplanation } from '#core/insight/difference-causes';
import { differenceCauseInWords, differenceCausesText, measuredHow, movedInWords, unmeasuredNote } from '#core/present/difference-words';
import type { StoryPhrase } from '#core/present/story-words';
import type { InsightRequest } from '#core/protocol/insight';
import { createCauseList, type CheckedCauses } from '../../../parts/cause-list';
import { insightOf, type Insights } from '../../../state/insight-state';
import type { Page, Part } from '../../../state/page';

const CANDIDATES = { of: 'differenceCauses' } as const;

/** Shows the part of the model that a cause is, at the positions where it acts. */
export type GoToCause = (of: NonNullable<StoryPhrase['of']>, at: DifferenceExplanation['causes'][number]['at']) => void;

/** What has been measured so far, as text; null: nothing has. */
export function differenceCausesSoFar(insights: Insights): string | null {
  const known = soFar(insights, () => undefined);
  return known === null || known.done === 0 ? null : known.text();
}

export function createDifferenceCauses(page: Page, go: GoToCause): Part {
  return createCauseList(page, {
    candidates: CANDIDATES,
    of: 'storyDifference',
    title: ({ compared }) =>
      compared && {
        text: l10n.t('Why do they differ?'),
        note: measuredHow(compared.comparison),
      },
    soFar: (insights) => soFar(insights, go),
  });
}

function soFar(insights: Insights, go: GoToCause): CheckedCauses | null {
  const candidates = insightOf<'differenceCauses'>(insights, CANDIDATES);
  if (candidates.kind !== 'here') return null;
  const { value: found } = candidates;
  const checks = found.candidates.map(({ components }) => {
    const request: InsightRequest<'checkDifference'> = { of: 'checkDifference', components: components.join(' ') };
    return { request, asked: insightOf<'checkDifference'>(insights, request) };
  });
  const explanation = differenceExplained(
    found,
    checks.map(({ asked }): DifferenceCheck | undefined => (asked.kind === 'here' ? asked.value : undefined)),
  );
  return {
    lines: explanation.causes.map((cause) => {
      const [head] = cause.heads;
      return {
        key: cause.components.join(' '),
        text: differenceCauseInWords(cause, explanation),
        found: movedInWords(cause, explanation),
        copied: () => `${differenceCauseInWords(cause, explanation)} ${movedInWords(cause, explanation)}`,
        go: () => go({ layer: cause.layer, ...(head === undefined ? { mlp: true } : { head }) }, cause.at),
      };
    }),
    text: () => differenceCausesText(explanation),
    note: noteOf(explanation, found.candidates.length),
    done: checks.filter(({ asked }) => asked.kind === 'here').length,
    total: found.candidates.length,
    next: checks.find(({ asked }) => asked.kind !== 'here') ?? null,
  };
}

/** Why nothing is listed, and never will be. */
function noteOf({ unmeasured }: DifferenceExplanation, candidates: number): string | null {
  if (unmeasured !== undefined) return unmeasuredNote();
  return candidates === 0 ? l10n.t('No part differs that could be swapped between the two.') : null;
}
