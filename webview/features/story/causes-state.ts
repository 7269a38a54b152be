/** What the page knows of the causes of what is shown: candidates, and the checks that have come so far. */
import type { CauseCandidates } from '#core/insight/cause-candidates';
import { explanationOf, type CauseCheck, type Explanation } from '#core/insight/explanation';
import type { InsightRequest } from '#core/protocol/insight';
import { insightOf, type Asked, type Insights } from '../../state/insight-state';

/** Asks for the candidates. */
export const CAUSES = { of: 'causes' } as const;

/** See the head of this file. */
export interface CausesSoFar {
  readonly found: CauseCandidates;
  /** of the candidates that have been checked */
  readonly explanation: Explanation;
  readonly done: number;
  /** the first candidate that has not been checked, and what has become of the question; null: all have been */
  readonly next: { readonly request: InsightRequest<'checkCause'>; readonly asked: Asked<CauseCheck> } | null;
}

/** Null: there are no candidates yet. */
export function causesSoFar(insights: Insights): CausesSoFar | null {
  const candidates = insightOf<'causes'>(insights, CAUSES);
  if (candidates.kind !== 'here') return null;
  const { value: found } = candidates;
  const checks = found.candidates.map(({ components }) => {
    const request = { of: 'checkCause', components: components.join(' ') } as const;
    return { request, asked: insightOf<'checkCause'>(insights, request) };
  });
  return {
    found,
    explanation: explanationOf(
      found,
      checks.map(({ asked }) => (asked.kind === 'here' ? asked.value : undefined)),
    ),
    done: checks.filter(({ asked }) => asked.kind === 'here').length,
    next: checks.find(({ asked }) => asked.kind !== 'here') ?? null,
  };
}

/** Whether candidates are being looked for, or one of them is being checked. */
export function areBeingChecked(insights: Insights): boolean {
  return insightOf<'causes'>(insights, CAUSES).kind === 'asked' || causesSoFar(insights)?.next?.asked.kind === 'asked';
}
