/** Two whole passes at a glance, side by side: the overview of each, and which of their tokens stand for each other. */
import type { CallContext } from '../call-context';
import { alignTokens } from '../compare/align-tokens';
import type { ComparedPass } from '../compare/contrast';
import type { ModelInfo } from '../format/flow-graph';
import { growingOverview, type Overview } from './overview';
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
 * Looks at every layer and position of both passes, by turns, so that as it goes it tells what it knows of both (`context.part`).
 *
 * @param tokens in each list of what a branch promotes and suppresses
 * @throws Problem `cancelled` between layers when the caller has cancelled, `against-itself`
 */
export async function buildOverviewDifference(
  { left, right }: OfSides<ComparedPass>,
  { tokens }: { readonly tokens: number },
  context: CallContext,
): Promise<OverviewDifference> {
  const pairs = alignTokens(
    left.pass.tokens.map(({ id }) => id),
    right.pass.tokens.map(({ id }) => id),
  ).map(([l, r]) => ({ left: l, right: r }));
  const position = Math.max(
    0,
    pairs.findIndex((pair) => pair.left === left.options.position),
  );
  const of = (sides: OfSides<Overview>): OverviewDifference => ({
    schema: 'visit.overview-difference/1',
    model: left.pass.model,
    ...sides,
    tokens: pairs,
    position,
  });
  const [leftContext, rightContext] = halvesOf(context);
  const [leftParts, rightParts] = [
    growingOverview(left.pass, { ...left.options, tokens }, leftContext),
    growingOverview(right.pass, { ...right.options, tokens }, rightContext),
  ];
  // Passes of one model have as many layers, and so as many parts.
  for (;;) {
    const [l, r] = [await leftParts.next(), await rightParts.next()];
    const sides = { left: l.value, right: r.value };
    if (l.done && r.done) return of(sides);
    context.part?.(of(sides));
  }
}

/** The contexts of two equal halves of a call, which take turns. */
function halvesOf({ signal, report }: CallContext): [CallContext, CallContext] {
  const done = [0, 0];
  const half = (which: 0 | 1): CallContext => ({
    signal,
    report({ message, done: ofHalf, total }) {
      done[which] = ofHalf;
      report({ message, done: done[0] + done[1], ...(total !== undefined && { total: 2 * total }) });
    },
  });
  return [half(0), half(1)];
}
