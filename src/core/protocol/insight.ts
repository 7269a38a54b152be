/**
 * Insights: what the engine finds out about a pass, or about a model, besides the flow graph. One descriptor each says all
 * that the host and the page need to know of it; asking, progress, staleness and messages are the same for all.
 */
import * as l10n from '@vscode/l10n';
import type { Progress } from '../call-context';
import type { Comparison, Side } from '../format/comparison';
import type { FlowGraph } from '../format/flow-graph';
import type { Intervention } from '../format/intervention';
import type { ProblemData } from '../problem';
import type { EngineMethods } from './engine';
import type { ComparedSide, PassOptions } from './engine-options';
import { whateverLens } from './model-fingerprint';

/**
 * What a result is of, each with all that comes before it: `model`; `file`: the prompts of a file; `prompt`; `position` of its
 * token under study, with the measure of effects on single tokens; `target`: the token that is read for there; `targetInFile`: both that and
 * the prompts of its file; `comparison`: all that of both sides. When that changes, the result is out of date.
 */
export type InsightScope = 'model' | 'file' | 'prompt' | 'position' | 'target' | 'targetInFile' | 'comparison';

/** Which prompts are run: the one that is shown, all of the file that it comes from, the two that are compared, or those that the user chooses. */
export type InsightPrompts = 'shown' | 'file' | 'compared' | 'chosen';

/** What is shown, and what insights are into. */
export type InsightSubject =
  | { readonly graph: FlowGraph }
  | {
      readonly comparison: Comparison;
      /** what is changed of the model on the right side, as it was asked for */
      readonly interventions: readonly Intervention[];
    };

/** A tab of the page. */
interface InsightTab<Id extends string> {
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
}
type InsightParameter = keyof InsightParameters;

/** What an insight's engine call is made of: the request's parameters, and what is shown or the prompts to run. */
type InsightInput<Prompts extends InsightPrompts, Parameter extends InsightParameter> = Pick<InsightParameters, Parameter> &
  (Prompts extends 'chosen'
    ? unknown
    : Prompts extends 'compared'
      ? Extract<InsightSubject, { readonly comparison: unknown }>
      : Extract<InsightSubject, { readonly graph: unknown }>) &
  (Prompts extends 'shown' | 'compared' ? unknown : { readonly prompts: readonly string[] });

interface InsightDescriptor<
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
function insight<Method extends keyof EngineMethods>() {
  return <const Prompts extends InsightPrompts, const Parameter extends InsightParameter, const Tab extends InsightTab<string> | null>(
    descriptor: InsightDescriptor<Method, Prompts, Parameter, Tab>,
  ) => descriptor;
}

/** Tokens in each list of a norm, before and after it. */
const NORM_TOKENS = 10;

/** All insights, by the engine's method that answers them; those with a tab in the order of the tabs. */
export const INSIGHTS = {
  story: insight<'story'>()({
    scope: 'target',
    prompts: 'shown',
    parameters: [],
    tab: { id: 'story', title: l10n.t('Story') },
    ask: ({ graph }) => ({ prompt: { text: graph.prompt }, options: passOptions(graph) }),
  }),
  causes: insight<'causes'>()({
    scope: 'target',
    prompts: 'shown',
    parameters: [],
    tab: null,
    ask: ({ graph }) => ({ prompt: { text: graph.prompt }, options: passOptions(graph) }),
  }),
  checkCause: insight<'checkCause'>()({
    scope: 'target',
    prompts: 'shown',
    whateverLens: true,
    parameters: ['components'],
    tab: null,
    ask: ({ graph, components }) => ({
      prompt: { text: graph.prompt },
      options: { ...passOptions(graph), components: components.split(' ') },
    }),
  }),
  headsAlone: insight<'headsAlone'>()({
    scope: 'targetInFile',
    prompts: 'file',
    whateverLens: true,
    parameters: ['components'],
    tab: null,
    ask: ({ graph, prompts, components }) => ({
      prompt: { text: graph.prompt },
      // A mean that the prompt itself is part of would keep some of what it does.
      options: {
        ...passOptions(graph),
        heads: components.split(' '),
        over: prompts.filter((text) => text !== graph.prompt).map((text) => ({ text })),
      },
    }),
  }),
  storyDifference: insight<'storyDifference'>()({
    scope: 'comparison',
    prompts: 'compared',
    parameters: [],
    tab: null,
    ask: (compared) => ({ ...sidesOf(compared), options: {} }),
  }),
  differenceCauses: insight<'differenceCauses'>()({
    scope: 'comparison',
    prompts: 'compared',
    parameters: [],
    tab: null,
    ask: (compared) => ({ ...sidesOf(compared), options: {} }),
  }),
  checkDifference: insight<'checkDifference'>()({
    scope: 'comparison',
    prompts: 'compared',
    whateverLens: true,
    parameters: ['components'],
    tab: null,
    ask: ({ components, ...compared }) => ({ ...sidesOf(compared), components: components.split(' ') }),
  }),
  overview: insight<'overview'>()({
    scope: 'target',
    prompts: 'shown',
    parameters: [],
    tab: { id: 'overview', title: l10n.t('Overview') },
    ask: ({ graph }) => ({ prompt: { text: graph.prompt }, options: passOptions(graph) }),
  }),
  norms: insight<'norms'>()({
    scope: 'target',
    prompts: 'shown',
    parameters: [],
    tab: { id: 'norms', title: l10n.t('Norms') },
    ask: ({ graph }) => ({ prompt: { text: graph.prompt }, options: { ...passOptions(graph), tokens: NORM_TOKENS } }),
  }),
  normSummary: insight<'normSummary'>()({
    scope: 'file',
    prompts: 'file',
    parameters: [],
    tab: null,
    ask: ({ prompts }) => ({ prompts, tokens: NORM_TOKENS }),
  }),
  headMemory: insight<'headMemory'>()({
    scope: 'position',
    prompts: 'shown',
    parameters: ['layer', 'head'],
    tab: null,
    ask: ({ graph, layer, head }) => ({
      prompt: { text: graph.prompt },
      options: { layer, head, position: graph.position, ...measured(graph.target) },
    }),
  }),
  backwardLens: insight<'backwardLens'>()({
    scope: 'target',
    prompts: 'shown',
    whateverLens: true,
    parameters: ['layer'],
    tab: null,
    ask: ({ graph, layer }) => {
      const { position, target } = passOptions(graph);
      return { prompt: { text: graph.prompt }, options: { layer, position, ...(target && { target }) } };
    },
  }),
  tokenIndex: insight<'tokenIndex'>()({
    // It stays what it is while another position is looked at, as where a token is found leads there.
    scope: 'prompt',
    prompts: 'shown',
    parameters: ['position'],
    tab: null,
    ask: ({ graph, position }) => ({ prompt: { text: graph.prompt }, options: { position } }),
  }),
  effects: insight<'effects'>()({
    scope: 'target',
    prompts: 'shown',
    whateverLens: true,
    parameters: [],
    tab: null,
    ask: ({ graph }) => ({ prompt: { text: graph.prompt }, options: passOptions(graph) }),
  }),
  measureEffects: insight<'measureEffects'>()({
    scope: 'target',
    prompts: 'shown',
    whateverLens: true,
    parameters: ['component'],
    tab: null,
    ask: ({ graph, component }) => ({ prompt: { text: graph.prompt }, options: { ...passOptions(graph), components: [component] } }),
  }),
  activeNeurons: insight<'activeNeurons'>()({
    scope: 'model',
    prompts: 'chosen',
    parameters: [],
    tab: { id: 'neurons', title: l10n.t('Neurons') },
    ask: ({ prompts }) => ({ prompts, options: {} }),
  }),
  calibrate: insight<'calibrate'>()({
    scope: 'model',
    prompts: 'chosen',
    whateverLens: true,
    parameters: [],
    tab: { id: 'calibration', title: l10n.t('Calibration') },
    ask: ({ prompts }) => ({ prompts, options: {} }),
  }),
};

/** Where and for which token the shown graph looks at its pass. */
function passOptions({ position, target }: FlowGraph): PassOptions {
  return {
    position,
    ...(target.chosen === 'user' && { target: { id: target.id } }),
    ...(target.against && { against: { id: target.against.id } }),
    ...measured(target),
  };
}

/** Both sides of a comparison as the engine is asked for them, each with the target that it was read for. */
export function sidesOf({
  comparison: { left, right },
  interventions,
}: Extract<InsightSubject, { readonly comparison: unknown }>): Readonly<Record<Side, ComparedSide>> {
  const options = ({ position, target }: FlowGraph): PassOptions => ({
    position,
    target: { id: target.id },
    ...(target.against && { against: { id: target.against.id } }),
    ...measured(target),
  });
  return {
    left: { prompt: { text: left.prompt }, options: options(left) },
    right: { prompt: { text: right.prompt }, options: { ...options(right), ...(interventions.length > 0 && { interventions }) } },
  };
}

/** What shares and effects are of; where a graph shows a difference, those of single tokens are centred. */
function measured({ measure }: FlowGraph['target']): Pick<PassOptions, 'measure'> {
  return measure === 'raw' ? { measure } : {};
}

type Insights = typeof INSIGHTS;
export type InsightName = keyof Insights;

/** What is asked: the insight, and its parameters. */
export type InsightRequest<Name extends InsightName = InsightName> = {
  [K in Name]: { readonly of: K } & Pick<InsightParameters, Insights[K]['parameters'][number]>;
}[Name];

/** What the engine answers. */
export type InsightValue<Name extends InsightName> = EngineMethods[Name]['result'];

/** What is known. */
export type InsightResult<Name extends InsightName = InsightName> = {
  [K in Name]: {
    readonly request: InsightRequest<K>;
    /** null: nothing is known */
    readonly value: InsightValue<K> | null;
    /** of the model that has answered */
    readonly fingerprint: string;
    /** name of the file whose prompts were run, where they are those of a file */
    readonly file?: string;
  };
}[Name];

/** All tabs. */
export type Tab = 'graph' | 'lenses' | NonNullable<Insights[InsightName]['tab']>['id'];

/** A tab with its title and the insight that it shows. */
interface ShownTab {
  readonly id: Tab;
  readonly title: string;
  readonly of: InsightName | null;
}

/** Every tab, in their order: the flow graph is what the story leads to. */
export const TABS: readonly ShownTab[] = [
  ...insightNames().flatMap((of): ShownTab[] => {
    const { tab } = INSIGHTS[of];
    if (tab === null) return [];
    return tab.id === 'story'
      ? [
          { ...tab, of },
          { id: 'graph', title: l10n.t('Flow graph'), of: null },
        ]
      : [{ ...tab, of }];
  }),
  { id: 'lenses', title: l10n.t('Lenses'), of: null },
];

/** The names of all insights. */
export function insightNames(): readonly InsightName[] {
  return Object.keys(INSIGHTS) as InsightName[];
}

/** A request as a word: two requests with the same word ask for the same thing of what is shown. */
export function insightKey(request: InsightRequest): string {
  const named: Readonly<Record<string, number | string>> = request;
  return [request.of, ...INSIGHTS[request.of].parameters.map((parameter) => named[parameter])].join(' ');
}

type InsightParams = { [K in InsightName]: Omit<EngineMethods[K]['params'], 'model'> }[InsightName];

/** Whether a request is about what is shown: about one pass, or about two. */
export function isAbout({ of }: InsightRequest, subject: object): boolean {
  return (INSIGHTS[of].prompts === 'compared') === 'comparison' in subject;
}

/** The engine's parameters for a request, but for the model. @param input what is shown, and the prompts to run where they are others */
export function insightParams(request: InsightRequest, input: InsightSubject & { readonly prompts: readonly string[] }): InsightParams {
  // TypeScript cannot see that a request has the parameters that its own descriptor asks for.
  const ask = INSIGHTS[request.of].ask as (of: object) => InsightParams;
  return ask({ ...input, ...request });
}

/** What an insight may be of: of one pass, or of two. */
export type InsightPlace =
  | {
      readonly fingerprint: string;
      readonly graph: Pick<FlowGraph, 'prompt' | 'position' | 'target'>;
      /** what names the file of the prompt, or its prompts; absent for a typed prompt */
      readonly file: string | undefined;
    }
  | {
      readonly fingerprint: string;
      readonly comparison: Readonly<Record<Side, Pick<FlowGraph, 'prompt' | 'position' | 'target' | 'interventions'>>>;
    };

/** What a result of an insight is of, as a word: when it changes, the result is out of date. */
export function scopeKey(of: InsightName, place: InsightPlace): string {
  const { scope, whateverLens: isSame }: { readonly scope: InsightScope; readonly whateverLens?: true } = INSIGHTS[of];
  const model = isSame ? whateverLens(place.fingerprint) : place.fingerprint;
  return JSON.stringify([model, 'comparison' in place ? ofTwo(scope, place) : ofOne(scope, place)]);
}

function ofTwo(scope: InsightScope, { comparison: { left, right } }: Extract<InsightPlace, { readonly comparison: unknown }>): unknown {
  if (scope === 'model') return [];
  return scope === 'comparison' ? [targetKey(left), targetKey(right), left.interventions, right.interventions] : null;
}

function ofOne(scope: InsightScope, { graph, file }: Extract<InsightPlace, { readonly graph: unknown }>): unknown {
  const target = targetKey(graph);
  const of: Readonly<Record<InsightScope, readonly unknown[] | null>> = {
    model: [],
    file: [file],
    prompt: [graph.prompt],
    position: [graph.prompt, graph.position, measured(graph.target)],
    target,
    targetInFile: [...target, file],
    comparison: null,
  };
  return of[scope];
}

function targetKey({ prompt, position, target: { id, against, measure } }: Pick<FlowGraph, 'prompt' | 'position' | 'target'>): unknown[] {
  return [prompt, position, id, against?.id, measure];
}

/**
 * Host → page. `id` is that of the page's request, by which a late answer is known as such; null: the page has not asked, the
 * host tells what it knows, or does.
 */
export type InsightAnswer =
  | ({ readonly type: 'insightResult'; readonly id: number | null } & InsightResult)
  | { readonly type: 'insightProgress'; readonly id: number | null; readonly request: InsightRequest; readonly progress: Progress }
  /** No result will follow; problem null: it was cancelled. */
  | { readonly type: 'insightFailed'; readonly id: number | null; readonly request: InsightRequest; readonly problem: ProblemData | null }
  /** Switches the page to what is known of the model, or away from it to the flow graph. */
  | { readonly type: 'reveal'; readonly what: 'graph' | 'neurons' | 'calibration' | 'lenses' };
