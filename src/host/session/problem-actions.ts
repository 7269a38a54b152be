/**
 * What a person can do about a problem, beside reading its hint.
 */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../core/problem';
import type { Problem, ProblemCode } from '../../core/problem';
import type { ShownProblem } from '../../core/protocol/inspector';

/** Ids of the actions; the page sends them back. */
export const actionIds = [
  'openLog',
  'chooseModel',
  'chooseBase',
  'runAgain',
  'runAnyway',
  'useLastTokens',
  'openSample',
  'useLogitLens',
  'chooseDevice',
] as const;
export type ActionId = (typeof actionIds)[number];

/** Whether a text names an action. */
export function isActionId(id: string): id is ActionId {
  return actionIds.some((known) => known === id);
}

function actionsFor(code: ProblemCode): readonly ActionId[] {
  switch (code) {
    case 'not-a-checkpoint':
    case 'config-invalid':
    case 'unknown-architecture':
    case 'weights-missing':
    case 'weights-truncated':
    case 'weights-invalid':
    case 'tokenizer-missing':
    case 'tokenizer-invalid':
    case 'chat-template':
    case 'out-of-memory':
    case 'disk-full':
    case 'hub-offline':
    case 'hub-unauthorized':
    case 'hub-gated':
    case 'hub-not-found':
    case 'hub-failed':
    case 'download-damaged':
      return ['chooseModel', 'openLog'];
    case 'base-missing':
    case 'base-misfit':
      return ['chooseBase', 'chooseModel', 'openLog'];
    case 'memory-low':
      return ['runAnyway', 'chooseModel'];
    case 'engine-died':
    case 'internal':
    case 'io':
      return ['runAgain', 'openLog'];
    case 'lens-invalid':
      return ['useLogitLens', 'openLog'];
    case 'device-unavailable':
      return ['chooseDevice', 'openLog'];
    case 'platform-unsupported':
    case 'bad-request':
      return ['openLog'];
    case 'prompt-too-long':
      return ['useLastTokens'];
    case 'empty-prompt':
      return ['openSample'];
    case 'not-one-token':
    case 'against-itself':
    case 'no-such-component':
    case 'token-out-of-range':
    case 'position-out-of-range':
    case 'layers-out-of-range':
    case 'head-out-of-range':
    case 'cancelled':
      return [];
    default:
      return assertNever(code);
  }
}

const titles: Readonly<Record<ActionId, string>> = {
  openLog: l10n.t('Open Log'),
  chooseModel: l10n.t('Choose Model…'),
  chooseBase: l10n.t('Choose Base Model…'),
  runAgain: l10n.t('Run Again'),
  runAnyway: l10n.t('Run Anyway'),
  useLastTokens: l10n.t('Use Its Last Tokens'),
  openSample: l10n.t('Open Sample Prompts'),
  useLogitLens: l10n.t('Use the Logit Lens'),
  chooseDevice: l10n.t('Choose Device…'),
};

/** The problem with its actions. `titleOf` names an action more closely where more is known. */
export function withActions(problem: Problem, titleOf: Partial<Record<ActionId, string>> = {}): ShownProblem {
  const actions = actionsFor(problem.code).map((id) => ({ id, title: titleOf[id] ?? titles[id] }));
  return { ...problem.toData(), actions };
}
