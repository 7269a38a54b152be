/**
 * What extension host and page say to each other about views beside the flow graph: overview, norms, always-active
 * neurons, a head's memory. The page asks for what it shows; every answer says what it is of, so that a late one is known as such.
 */
import type { ActiveNeurons } from '../insight/active-neurons';
import type { HeadMemory } from '../insight/attention-memory';
import type { NormFilters, NormSummaries } from '../insight/norm-filters';
import type { Overview } from '../insight/overview';
import type { ProblemData } from '../problem';
import type { Progress } from '../call-context';

/** The views that the page can be switched to, in the order of their tabs. */
export const TABS = ['graph', 'overview', 'norms', 'neurons'] as const;
export type Tab = (typeof TABS)[number];

/** A look at the prompt that is shown, at its position and for its target; `of` is the engine's method. */
export type Look =
  | { readonly of: 'overview' }
  | { readonly of: 'norms' }
  /** over all prompts of the file that the shown one comes from */
  | { readonly of: 'normSummary' }
  | { readonly of: 'headMemory'; readonly layer: number; readonly head: number };

/** The answer to a look. */
export type LookAnswer =
  | { readonly of: 'overview'; readonly value: Overview }
  | { readonly of: 'norms'; readonly value: NormFilters }
  | { readonly of: 'normSummary'; readonly value: NormSummaries; readonly file: string }
  | { readonly of: 'headMemory'; readonly value: HeadMemory };

/** Host → page. */
export type InsightAnswer =
  | { readonly type: 'looked'; readonly answer: LookAnswer }
  | { readonly type: 'looking'; readonly look: Look; readonly progress: Progress }
  /** A look has ended without an answer; problem null: it was cancelled. */
  | { readonly type: 'notLooked'; readonly look: Look; readonly problem: ProblemData | null }
  /** What is known of the model's always-active neurons; null: not computed yet. */
  | { readonly type: 'neurons'; readonly found: ActiveNeurons | null }
  /** Always-active neurons are being looked for; null: no longer. */
  | { readonly type: 'findingNeurons'; readonly progress: Progress | null }
  /** Switches the page to the neurons, or away from them to the flow graph. */
  | { readonly type: 'reveal'; readonly what: 'graph' | 'neurons' };

/** Page → host. */
export type InsightQuestion =
  /** Answered with `looked` or `notLooked`. */
  | { readonly type: 'look'; readonly look: Look }
  | { readonly type: 'cancelLook'; readonly look: Look }
  /** Looks for always-active neurons, over prompts that the host asks for. */
  | { readonly type: 'findNeurons' }
  | { readonly type: 'cancelNeurons' }
  /** Saves the table of always-active neurons. */
  | { readonly type: 'exportNeurons' };

/** A look as a word. */
export function lookKey(look: Look): string {
  return look.of === 'headMemory' ? `${look.of} ${look.layer} ${look.head}` : look.of;
}
