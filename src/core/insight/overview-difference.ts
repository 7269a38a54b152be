/** Two whole passes at a glance, side by side: the overview of each, and which of their tokens stand for each other. */
import type { CallContext } from '../call-context';
import { alignTokens } from '../compare/align-tokens';
import type { ComparedPass } from '../compare/contrast';
import type { ModelInfo } from '../format/flow-graph';
import { buildOverview, type Overview } from './overview';
import type { OfSides } from './story-difference';

/** The answer of the `overviewDifference` call. */
export interface OverviewDifference extends OfSides<Overview> {
  readonly schema: 'visit.overview-difference/1';
  readonly model: ModelInfo;
  /** tokens of both prompts that stand for each other, by their positions; null where a prompt has no counterpart */
  readonly tokens: readonly OfSides<number | null>[];
  /** the pair at the left side's position under study */
  readonly position: number;
}

/**
 * Looks at every layer and position of both passes.
 *
 * @param tokens in each list of what a branch promotes and suppresses
 * @throws Problem `cancelled` between layers when the caller has cancelled, `against-itself`
 */
export async function buildOverviewDifference(
  { left, right }: OfSides<ComparedPass>,
  { tokens }: { readonly tokens: number },
  context: CallContext,
): Promise<OverviewDifference> {
  const of = ({ pass, options }: ComparedPass, done: 0 | 1): Promise<Overview> =>
    buildOverview(pass, { ...options, tokens }, halfOf(context, done));
  const pairs = alignTokens(
    left.pass.tokens.map(({ id }) => id),
    right.pass.tokens.map(({ id }) => id),
  ).map(([l, r]) => ({ left: l, right: r }));
  return {
    schema: 'visit.overview-difference/1',
    model: left.pass.model,
    left: await of(left, 0),
    right: await of(right, 1),
    tokens: pairs,
    position: Math.max(
      0,
      pairs.findIndex((pair) => pair.left === left.options.position),
    ),
  };
}

/** The context of one of two equal halves of a call. @param before halves that are done */
function halfOf({ signal, report }: CallContext, before: 0 | 1): CallContext {
  return {
    signal,
    report: ({ message, done, total }) =>
      report({ message, done: done + before * (total ?? 0), ...(total !== undefined && { total: 2 * total }) }),
  };
}
