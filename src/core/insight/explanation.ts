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
  /** what the target is least likely without first */
  readonly causes: readonly Cause[];
  /** what the target is more likely without, by far the most first: causes of another token */
  readonly against: readonly Cause[];
}

/** What speaks against the target is named this often at the most. */
const AGAINST = 2;

/** What is known of the causes so far. @param checks by candidate, in their order; undefined: not checked yet */
export function explanationOf(found: CauseCandidates, checks: readonly (CauseCheck | undefined)[]): Explanation {
  const { model, prompt, tokens, position, target, effects, by, wanted, candidates } = found;
  const checked = candidates.flatMap((candidate, i): Cause[] => {
    const check = checks[i];
    if (check === undefined) return [];
    const { value, probability, predicts } = check;
    return [{ ...candidate, off: { measured: target.measured - value, probability, predicts } }];
  });
  const listed = (sign: 1 | -1): Cause[] => {
    const lost = (cause: Cause): number => sign * lostWithout(cause, target);
    const ranked = checked.filter((cause) => lost(cause) > 0).sort((a, b) => lost(b) - lost(a) || sign * (b.off.measured - a.off.measured));
    return distinct(routesOrParts(ranked, lost), lost);
  };
  const against = listed(-1).filter((cause) => lostWithout(cause, target) < -RAISES);
  return {
    schema: 'visit.explanation/1',
    model,
    prompt,
    tokens,
    position,
    target,
    effects,
    ...(by && { by }),
    causes: withStrongestRead(listed(1), wanted),
    against: against.slice(0, AGAINST),
  };
}

/** The first of the list; what the story's sentence names takes the last place where it would have none: whether it matters is asked. */
function withStrongestRead(causes: readonly Cause[], wanted: number): readonly Cause[] {
  const first = causes.slice(0, wanted);
  const named = causes.find(({ strongestRead }) => strongestRead);
  return named === undefined || first.some(({ strongestRead }) => strongestRead) ? first : [...first.slice(0, wanted - 1), named];
}

/** A part speaks against the target where this is gained without it, in nats: its probability rises by a tenth at least. */
const RAISES = Math.log(1.1);

/**
 * What is lost of the target without a cause: by how many nats its probability falls, which is what is shown of it; with another token that
 * it is set against, by how much their difference falls.
 */
function lostWithout({ off }: Pick<Cause, 'off'>, target: Explanation['target']): number {
  if (target.against !== undefined) return off.measured;
  const lost = Math.log(target.probability / off.probability);
  // Neither is told apart from 0 or from 1: the logit is.
  return Number.isFinite(lost) && lost !== 0 ? lost : off.measured / Number.MAX_SAFE_INTEGER;
}

/** A route is a cause of its own where it changes this many times what each of its reads does alone. */
const MORE_THAN_PARTS = 1.2;

/** Of a route and those of its reads that are causes themselves, or most of one, the list has the one or the others. @param causes in their order */
function routesOrParts(causes: readonly Cause[], lost: (cause: Cause) => number): Cause[] {
  const dropped = new Set<Cause>();
  for (const route of causes) {
    const { steps = [] } = route;
    const inRoute = ({ position, source, heads }: Cause): number => {
      const step = steps.find((one) => one.position === position && one.source === source);
      return heads.filter(({ layer, head }) => layer === step?.layer && step.heads.includes(head)).length;
    };
    const parts = causes.filter((cause) => cause.kind === 'heads' && inRoute(cause) > 0);
    const most = Math.max(0, ...parts.map(lost));
    const whole = parts.filter((cause) => inRoute(cause) > cause.heads.length / 2);
    const replaced = lost(route) > MORE_THAN_PARTS * most ? whole : steps.length > 0 ? [route] : [];
    for (const cause of replaced) dropped.add(cause);
  }
  return causes.filter((cause) => !dropped.has(cause));
}

/** A part stands for the whole that it is of where it does this much of what that does. */
const STANDS_FOR = 0.8;

/**
 * Of two causes that are mostly the same parts, or heads that read the same token and some of them the same heads, the list has the one that changes more. Neurons are parts
 * of their feed-forward layer, which is listed beside them where it does more than they.
 *
 * @param causes in their order
 */
function distinct(causes: readonly Cause[], lost: (cause: Cause) => number): Cause[] {
  const listed: Cause[] = [];
  for (const cause of causes) {
    const same = (before: Cause): boolean =>
      mostlyIn(cause, before) || readsSame(cause, before) || (mostlyIn(before, cause) && lost(cause) * STANDS_FOR <= lost(before));
    if (!listed.some(same)) listed.push(cause);
  }
  return listed;
}

function readsSame(a: Cause, b: Cause): boolean {
  const sameRead = a.kind === 'heads' && b.kind === 'heads' && a.position === b.position && a.source === b.source;
  return sameRead && a.components.some((one) => b.components.includes(one));
}

/** Whether most parts of one cause are parts of another; of neurons, whether all are of a feed-forward layer. */
function mostlyIn(cause: Cause, whole: Cause): boolean {
  if (cause.position === whole.position && (whole.kind === 'mlp' || whole.kind === 'expert')) {
    const isOf = ({ layer, expert }: Pick<Cause, 'layer' | 'expert'>): boolean =>
      layer === whole.layer && (whole.kind === 'mlp' || expert === whole.expert);
    if (cause.kind === 'neurons') return cause.neurons.every(isOf);
    if (cause.kind === 'expert') return isOf(cause);
  }
  return cause.components.filter((one) => whole.components.includes(one)).length > cause.components.length / 2;
}
