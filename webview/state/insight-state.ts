/** What the page knows of insights, and how each event changes it. The same for all of them: their descriptors say what differs. */
import type { ActiveNeurons } from '#core/insight/active-neurons';
import type { LensListing } from '#core/insight/lens-listing';
import type { Calibration } from '#core/insight/calibration';
import { assertNever, type ProblemData } from '#core/problem';
import {
  INSIGHTS,
  insightKey,
  insightNames,
  resultKey,
  type InsightAnswer,
  type InsightName,
  type InsightRequest,
  type InsightValue,
} from '#core/protocol/insight';
import type { InsightPlace } from '#core/protocol/insight-scope';
import type { Progress } from '#core/call-context';

/** A result that is here. */
export interface Here<T> {
  readonly kind: 'here';
  readonly value: T;
  /** of the model that has answered */
  readonly fingerprint: string;
  /** name of the file whose prompts were run, where they are those of a file */
  readonly file?: string;
}

/** Something that is asked for when it is seen. */
export type Asked<T> =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'asked';
      /** of the request; null: the host does it unasked */
      readonly id: number | null;
      readonly progress: Progress | null;
      /** what is known until the answer comes */
      readonly former: Here<T> | null;
      /** what is known of the answer; absent: nothing yet */
      readonly part?: Here<T>;
    }
  | Here<T>
  /** null: cancelled */
  | { readonly kind: 'failed'; readonly problem: ProblemData | null };

const ABSENT = { kind: 'absent' } as const;

/** What has been asked, by insight and `insightKey`. */
export type Insights = { readonly [K in InsightName]: ReadonlyMap<string, Asked<InsightValue<K>>> };

type AnyAsked = Asked<InsightValue<InsightName>>;

// TypeScript knows nothing of the names in entries.
export const NO_INSIGHTS = Object.fromEntries(insightNames().map((of) => [of, new Map()])) as unknown as Insights;

/** What happens to insights: what the host says of them, and that the page asks for one. */
export type InsightEvent =
  | Exclude<InsightAnswer, { readonly type: 'reveal' }>
  | { readonly type: 'insightRequested'; readonly id: number; readonly request: InsightRequest };

/** What has become of a request. */
export function insightOf<Name extends InsightName>(insights: Insights, request: InsightRequest<Name>): Asked<InsightValue<Name>> {
  return insights[request.of].get(insightKey(request as InsightRequest)) ?? ABSENT;
}

/** How many requests for an insight have been answered. */
export function countHere(asked: ReadonlyMap<string, Asked<unknown>>): number {
  return [...asked.values()].filter(({ kind }) => kind === 'here').length;
}

/** The request for always-active neurons. */
export const NEURONS = { of: 'activeNeurons' } as const;

/** What is known of the model's always-active neurons; null: nothing. */
export function knownNeurons(insights: Insights): Here<ActiveNeurons> | null {
  const asked = insightOf<'activeNeurons'>(insights, NEURONS);
  return asked.kind === 'here' ? asked : asked.kind === 'asked' ? asked.former : null;
}

/** The request for the model's calibration. */
export const CALIBRATION = { of: 'calibrate' } as const;

/** What is known of what the model's estimates are worth; null: nothing. */
export function knownCalibration(insights: Insights): Here<Calibration> | null {
  const asked = insightOf<'calibrate'>(insights, CALIBRATION);
  return asked.kind === 'here' ? asked : asked.kind === 'asked' ? asked.former : null;
}

/** The insights after an event. */
export function insightsAfter(insights: Insights, event: InsightEvent): Insights {
  const { request } = event;
  const asked: AnyAsked = insightOf(insights, request);
  const former = asked.kind === 'here' ? asked : asked.kind === 'asked' ? asked.former : null;
  if (event.type === 'insightRequested') return withAsked(insights, request, { kind: 'asked', id: event.id, progress: null, former });
  // What answers a request that is not waited for comes too late.
  if (event.id !== null && !(asked.kind === 'asked' && asked.id === event.id)) return insights;
  switch (event.type) {
    case 'insightProgress': {
      const part = asked.kind === 'asked' && asked.part !== undefined && { part: asked.part };
      return withAsked(insights, request, { kind: 'asked', id: event.id, progress: event.progress, former, ...part });
    }
    case 'insightPart': {
      if (event.value === null) return insights;
      const part = { kind: 'here' as const, value: event.value, fingerprint: event.fingerprint };
      const progress = asked.kind === 'asked' ? asked.progress : null;
      return withAsked(insights, request, { kind: 'asked', id: event.id, progress, former, part });
    }
    case 'insightFailed':
      return withAsked(insights, request, former ?? { kind: 'failed', problem: event.problem });
    case 'insightResult': {
      const { value, fingerprint, file } = event;
      const here = value === null ? ABSENT : { kind: 'here' as const, value, fingerprint, ...(file !== undefined && { file }) };
      return withAsked(insights, request, here);
    }
    default:
      return assertNever(event);
  }
}

/** What is still known when another graph is shown. What is of prompts that the user has chosen changes by the host's word alone. */
export function insightsFor(insights: Insights, before: InsightPlace | null, now: InsightPlace): Insights {
  const stays = (of: InsightName): boolean => {
    const { prompts } = INSIGHTS[of];
    return prompts === 'chosen' || (before !== null && resultKey(of, before) === resultKey(of, now));
  };
  return insightNames().reduce((kept, of) => (stays(of) ? kept : { ...kept, [of]: NO_INSIGHTS[of] }), insights);
}

/** What is still known when lenses have been listed: a lens of a known name may be another now. */
export function insightsThrough(insights: Insights, before: LensListing | undefined, now: LensListing): Insights {
  const isSame = before === undefined || JSON.stringify(before.lenses) === JSON.stringify(now.lenses);
  return isSame ? insights : { ...insights, lensDifference: NO_INSIGHTS.lensDifference };
}

function withAsked(insights: Insights, request: InsightRequest, asked: AnyAsked): Insights {
  return { ...insights, [request.of]: new Map<string, AnyAsked>(insights[request.of]).set(insightKey(request), asked) };
}
