/**
 * Why this token: the candidates that matter most once each has been checked by switching it off. Checks come one by one, and an
 * explanation can be made of as many as there are. docs/method.md, "Why this token".
 */
import type { EffectsSummary } from '../format/effects';
import type { FlowGraph, ModelInfo, PromptToken, TokenScore } from '../format/flow-graph';
import type { CauseCandidate, CauseCandidates } from './cause-candidates';

/** A candidate that has been checked. */
export interface Cause extends CauseCandidate {
  /** what was measured with all of its components off at once */
  readonly off: CauseOff;
}

/** The end of a pass without a cause. */
export interface CauseOff {
  /** by how much the quantity fell */
  readonly measured: number;
  /** probability of the target without it */
  readonly probability: number;
  readonly predicts: TokenScore;
}

/** The answer of the `checkCause` call: how the pass ends with components switched off, all of them at once. */
export interface CauseCheck {
  readonly schema: 'visit.cause-check/1';
  /** as they were asked for */
  readonly components: readonly string[];
  /** the quantity that is left; see `effects.of` of the candidates */
  readonly value: number;
  /** probability of the target */
  readonly probability: number;
  readonly predicts: TokenScore;
}

/** What `visit explain` answers. */
export interface Explanation {
  readonly schema: 'visit.explanation/1';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  readonly target: FlowGraph['target'];
  readonly effects: EffectsSummary;
  /** by what causes were looked for; absent: by share and by effect */
  readonly by?: 'share' | 'effect';
  /** what the quantity falls most without first; what speaks against the target comes last */
  readonly causes: readonly Cause[];
}

/** What is known of the causes so far. @param checks by candidate, in their order; undefined: not checked yet */
export function explanationOf(found: CauseCandidates, checks: readonly (CauseCheck | undefined)[]): Explanation {
  const { model, prompt, tokens, position, target, effects, by, wanted, candidates } = found;
  const causes = candidates
    .flatMap((candidate, i): Cause[] => {
      const check = checks[i];
      if (check === undefined) return [];
      const { value, probability, predicts } = check;
      return [{ ...candidate, off: { measured: target.measured - value, probability, predicts } }];
    })
    .sort((a, b) => Number(b.off.measured > 0) - Number(a.off.measured > 0) || Math.abs(b.off.measured) - Math.abs(a.off.measured));
  const listed = distinct(routesOrParts(causes)).slice(0, wanted);
  return { schema: 'visit.explanation/1', model, prompt, tokens, position, target, effects, ...(by && { by }), causes: listed };
}

/** A route is a cause of its own where it changes this many times what each of its reads does alone. */
const MORE_THAN_PARTS = 1.2;

/** Of a route and those of its reads that are causes themselves, the list has the one or the others. */
function routesOrParts(causes: readonly Cause[]): Cause[] {
  const dropped = new Set<Cause>();
  for (const route of causes) {
    const { steps = [] } = route;
    const parts = causes.filter(
      ({ kind, heads, position, source }) =>
        kind === 'heads' &&
        steps.some((step) => heads.some(({ layer }) => layer === step.layer) && step.position === position && step.source === source),
    );
    const most = Math.max(0, ...parts.map(({ off }) => Math.abs(off.measured)));
    const replaced = Math.abs(route.off.measured) > MORE_THAN_PARTS * most ? parts : steps.length > 0 ? [route] : [];
    for (const cause of replaced) dropped.add(cause);
  }
  return causes.filter((cause) => !dropped.has(cause));
}

/** Of two causes that are mostly the same parts, the list has the one that changes more. @param causes in their order */
function distinct(causes: readonly Cause[]): Cause[] {
  const listed: Cause[] = [];
  for (const cause of causes) {
    const mostly = ({ components }: Cause): boolean =>
      cause.components.filter((one) => components.includes(one)).length > cause.components.length / 2;
    if (!listed.some(mostly)) listed.push(cause);
  }
  return listed;
}
