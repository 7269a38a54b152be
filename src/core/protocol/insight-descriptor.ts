/** What a descriptor of an insight is made of. */
import type { EngineMethods } from './engine';
import type { InsightScope } from './insight-scope';
import type { InsightSubject } from './shown-pass';

/**
 * Which prompts are run: the one that is shown; all of the `file` that it comes from; beside the shown one `others`, of its file or, where
 * there are none, VISIT's examples; the two that are compared; or those that the user chooses.
 */
export type InsightPrompts = 'shown' | 'file' | 'others' | 'compared' | 'chosen';

/** A tab of the page. */
export interface InsightTab<Id extends string> {
  /** by which the page remembers it, and tests find it */
  readonly id: Id;
  readonly title: string;
}

/** What a request may name besides the insight. */
export interface InsightParameters {
  readonly position: number;
  readonly layer: number;
  readonly head: number;
  /** name of a component with its position, such as `blocks.3.attn.head.7@4` */
  readonly component: string;
  /** names of several, with a space between any two */
  readonly components: string;
  /** name of a lens, or `logit` */
  readonly lens: string;
}
/** One of them. */
export type InsightParameter = keyof InsightParameters;

/** What an insight's engine call is made of: the request's parameters, and what is shown or the prompts to run. */
type InsightInput<Prompts extends InsightPrompts, Parameter extends InsightParameter> = Pick<InsightParameters, Parameter> &
  (Prompts extends 'chosen'
    ? unknown
    : Prompts extends 'compared'
      ? Extract<InsightSubject, { readonly comparison: unknown }>
      : Extract<InsightSubject, { readonly graph: unknown }>) &
  (Prompts extends 'shown' | 'compared' ? unknown : { readonly prompts: readonly string[] });

/** What the host and the page need to know of an insight. */
export interface InsightDescriptor<
  Method extends keyof EngineMethods,
  Prompts extends InsightPrompts,
  Parameter extends InsightParameter,
  Tab extends InsightTab<string> | null,
> {
  readonly scope: InsightScope;
  readonly prompts: Prompts;
  /** nothing in it is read as tokens before the end of the pass: it is the same whatever lens is chosen */
  readonly whateverLens?: true;
  /** what a request names besides */
  readonly parameters: readonly Parameter[];
  /** the tab that shows it; null: it is shown inside another view */
  readonly tab: Tab;
  /** the engine's parameters, but for the model */
  readonly ask: (input: InsightInput<Prompts, Parameter>) => Omit<EngineMethods[Method]['params'], 'model'>;
}

/** A descriptor of what a method of the engine answers. */
export function insight<Method extends keyof EngineMethods>() {
  return <const Prompts extends InsightPrompts, const Parameter extends InsightParameter, const Tab extends InsightTab<string> | null>(
    descriptor: InsightDescriptor<Method, Prompts, Parameter, Tab>,
  ) => descriptor;
}
