/** What the page knows of the views beside the flow graph, and how each event changes it. */
import type { FlowGraph } from '#core/format/flow-graph';
import type { ActiveNeurons } from '#core/insight/active-neurons';
import type { HeadMemory } from '#core/insight/attention-memory';
import type { NormFilters, NormSummaries } from '#core/insight/norm-filters';
import type { Overview } from '#core/insight/overview';
import { assertNever, type ProblemData } from '#core/problem';
import { lookKey, type InsightAnswer, type Look, type LookAnswer } from '#core/protocol/insight';
import type { Progress } from '#core/call-context';

/** Something that is asked for when it is seen. */
export type Asked<T> =
  | { readonly kind: 'absent' }
  | { readonly kind: 'asked'; readonly progress: Progress | null }
  | { readonly kind: 'here'; readonly value: T }
  /** null: cancelled */
  | { readonly kind: 'failed'; readonly problem: ProblemData | null };

const ABSENT = { kind: 'absent' } as const;

/** What has been asked of the prompt that is shown, each as `lookKey` names it, and what is known of the model. */
export interface Insights {
  readonly overview: Asked<Overview>;
  readonly norms: Asked<NormFilters>;
  readonly normSummary: Asked<{ readonly summaries: NormSummaries; readonly file: string }>;
  /** by `lookKey` */
  readonly memories: ReadonlyMap<string, Asked<HeadMemory>>;
  /** null: not computed yet */
  readonly neurons: ActiveNeurons | null;
  /** always-active neurons are being looked for */
  readonly finding: Progress | null;
}

export const NO_INSIGHTS: Insights = {
  overview: ABSENT,
  norms: ABSENT,
  normSummary: ABSENT,
  memories: new Map(),
  neurons: null,
  finding: null,
};

export type InsightEvent = Exclude<InsightAnswer, { readonly type: 'reveal' }> | { readonly type: 'askedLook'; readonly look: Look };

/** The insights after an event. @param graph what is shown: answers about anything else come too late */
export function insightsAfter(insights: Insights, event: InsightEvent, graph: FlowGraph | null): Insights {
  switch (event.type) {
    case 'askedLook':
      return withLook(insights, event.look, { kind: 'asked', progress: null });
    case 'looking':
      return lookOf(insights, event.look).kind === 'asked'
        ? withLook(insights, event.look, { kind: 'asked', progress: event.progress })
        : insights;
    case 'notLooked':
      return withLook(insights, event.look, { kind: 'failed', problem: event.problem });
    case 'looked':
      return isOf(event.answer, graph) ? withAnswer(insights, event.answer) : insights;
    case 'neurons':
      return { ...insights, neurons: event.found };
    case 'findingNeurons':
      return { ...insights, finding: event.progress };
    default:
      return assertNever(event);
  }
}

/** What is still known when another graph is shown. @param sameFile whether its prompt comes from the same file */
export function insightsFor(insights: Insights, before: FlowGraph | null, graph: FlowGraph, sameFile: boolean): Insights {
  if (before?.model.name !== graph.model.name) return { ...NO_INSIGHTS, neurons: insights.neurons, finding: insights.finding };
  const same = isSamePlace(before, graph);
  const sameTarget = same && isSameTarget(before, graph);
  return {
    ...insights,
    ...(!sameTarget && { overview: ABSENT, norms: ABSENT }),
    ...(!same && { memories: NO_INSIGHTS.memories }),
    ...(!sameFile && { normSummary: ABSENT }),
  };
}

/** What has become of a look. */
export function lookOf(insights: Insights, look: Look): Asked<unknown> {
  return look.of === 'headMemory' ? (insights.memories.get(lookKey(look)) ?? ABSENT) : insights[look.of];
}

function withLook(insights: Insights, look: Look, asked: Asked<never>): Insights {
  return look.of === 'headMemory'
    ? { ...insights, memories: new Map(insights.memories).set(lookKey(look), asked) }
    : { ...insights, [look.of]: asked };
}

function withAnswer(insights: Insights, answer: LookAnswer): Insights {
  switch (answer.of) {
    case 'overview':
      return { ...insights, overview: { kind: 'here', value: answer.value } };
    case 'norms':
      return { ...insights, norms: { kind: 'here', value: answer.value } };
    case 'normSummary':
      return { ...insights, normSummary: { kind: 'here', value: { summaries: answer.value, file: answer.file } } };
    case 'headMemory': {
      const { of, value } = answer;
      const key = lookKey({ of, layer: value.layer, head: value.head });
      return { ...insights, memories: new Map(insights.memories).set(key, { kind: 'here', value }) };
    }
    default:
      return assertNever(answer);
  }
}

type Place = Pick<FlowGraph, 'model' | 'prompt' | 'position'>;

function isSamePlace(one: Place, other: Place): boolean {
  return one.model.name === other.model.name && one.prompt === other.prompt && one.position === other.position;
}

function isSameTarget({ target: one }: Pick<FlowGraph, 'target'>, { target: other }: Pick<FlowGraph, 'target'>): boolean {
  return one.id === other.id && one.against?.id === other.against?.id;
}

/** Whether an answer is about what is shown. */
function isOf(answer: LookAnswer, graph: FlowGraph | null): boolean {
  if (graph === null) return false;
  switch (answer.of) {
    case 'overview':
    case 'norms':
      return isSamePlace(answer.value, graph) && isSameTarget(answer.value, graph);
    case 'headMemory':
      return isSamePlace(answer.value, graph);
    case 'normSummary':
      return answer.value.model.name === graph.model.name;
    default:
      return assertNever(answer);
  }
}
