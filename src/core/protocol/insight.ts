/**
 * Insights: what the engine finds out about a pass, or about a model, besides the flow graph. One descriptor each says all
 * that the host and the page need to know of it; asking, progress, staleness and messages are the same for all.
 */
import * as l10n from '@vscode/l10n';
import type { Progress } from '../call-context';
import type { ProblemData } from '../problem';
import type { EngineMethods } from './engine';
import { insight, type InsightParameters } from './insight-descriptor';
import { scopeKey, type InsightPlace, type InsightScope } from './insight-scope';
import { whateverLens } from './model-fingerprint';
import { measured, passOptions, promptOf, sidesOf, type InsightSubject } from './shown-pass';

/** Tokens in each list of a norm, before and after it. */
const NORM_TOKENS = 10;

/** All insights, by the engine's method that answers them; those with a tab in the order of the tabs. */
export const INSIGHTS = {
  story: insight<'story'>()({
    scope: 'target',
    prompts: 'shown',
    parameters: [],
    tab: { id: 'story', title: l10n.t('Story') },
    ask: ({ graph }) => ({ prompt: promptOf(graph), options: passOptions(graph) }),
  }),
  causes: insight<'causes'>()({
    scope: 'target',
    prompts: 'shown',
    parameters: [],
    tab: null,
    ask: ({ graph }) => ({ prompt: promptOf(graph), options: passOptions(graph) }),
  }),
  checkCause: insight<'checkCause'>()({
    scope: 'target',
    prompts: 'shown',
    whateverLens: true,
    parameters: ['components'],
    tab: null,
    ask: ({ graph, components }) => ({
      prompt: promptOf(graph),
      options: { ...passOptions(graph), components: components.split(' ') },
    }),
  }),
  headsAlone: insight<'headsAlone'>()({
    scope: 'targetInFile',
    prompts: 'others',
    whateverLens: true,
    parameters: ['components'],
    tab: null,
    ask: ({ graph, prompts, components }) => ({
      prompt: promptOf(graph),
      options: {
        ...passOptions(graph),
        heads: components.split(' '),
        over: prompts.map((text) => ({ text })),
      },
    }),
  }),
  storyDifference: insight<'storyDifference'>()({
    scope: 'comparison',
    prompts: 'compared',
    parameters: [],
    tab: { id: 'story', title: l10n.t('Story') },
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
    ask: ({ graph }) => ({ prompt: promptOf(graph), options: passOptions(graph) }),
  }),
  lensDifference: insight<'lensDifference'>()({
    scope: 'prompt',
    prompts: 'shown',
    parameters: ['lens'],
    tab: null,
    ask: ({ graph, lens }) => ({ prompt: promptOf(graph), lens }),
  }),
  overviewDifference: insight<'overviewDifference'>()({
    scope: 'comparison',
    prompts: 'compared',
    parameters: [],
    tab: { id: 'overview', title: l10n.t('Overview') },
    ask: (compared) => ({ ...sidesOf(compared), options: {} }),
  }),
  norms: insight<'norms'>()({
    scope: 'target',
    prompts: 'shown',
    parameters: [],
    tab: { id: 'norms', title: l10n.t('Norms') },
    ask: ({ graph }) => ({ prompt: promptOf(graph), options: { ...passOptions(graph), tokens: NORM_TOKENS } }),
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
      prompt: promptOf(graph),
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
      return { prompt: promptOf(graph), options: { layer, position, ...(target && { target }) } };
    },
  }),
  tokenIndex: insight<'tokenIndex'>()({
    // It stays what it is while another position is looked at, as where a token is found leads there.
    scope: 'prompt',
    prompts: 'shown',
    parameters: ['position'],
    tab: null,
    ask: ({ graph, position }) => ({ prompt: promptOf(graph), options: { position } }),
  }),
  effects: insight<'effects'>()({
    scope: 'effect',
    prompts: 'shown',
    whateverLens: true,
    parameters: [],
    tab: null,
    ask: ({ graph, baseline }) => ({ prompt: promptOf(graph), options: { ...passOptions(graph), ...(baseline && { baseline }) } }),
  }),
  measureEffects: insight<'measureEffects'>()({
    scope: 'effect',
    prompts: 'shown',
    whateverLens: true,
    parameters: ['component'],
    tab: null,
    ask: ({ graph, baseline, component }) => ({
      prompt: promptOf(graph),
      options: { ...passOptions(graph), ...(baseline && { baseline }), components: [component] },
    }),
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

/** Tabs on which a comparison can be seen. */
export const COMPARED_TABS = ['story', 'graph', 'overview'] as const satisfies readonly Tab[];
/** One of them. */
export type ComparedTab = (typeof COMPARED_TABS)[number];

/** A tab with its title and the insights that it shows; null: none. */
export interface ShownTab {
  readonly id: Tab;
  readonly title: string;
  /** of one pass, or of the model */
  readonly of: InsightName | null;
  /** of two passes */
  readonly ofTwo: InsightName | null;
}

/** Every tab, in their order: the flow graph is what the story leads to. */
export const TABS: readonly ShownTab[] = [
  ...insightNames().flatMap((of): ShownTab[] => {
    const { tab, prompts } = INSIGHTS[of];
    if (tab === null || prompts === 'compared') return [];
    const ofTwo = insightNames().find((other) => INSIGHTS[other].prompts === 'compared' && INSIGHTS[other].tab?.id === tab.id) ?? null;
    const shown: ShownTab = { ...tab, of, ofTwo };
    return tab.id === 'story' ? [shown, { id: 'graph', title: l10n.t('Flow graph'), of: null, ofTwo: null }] : [shown];
  }),
  { id: 'lenses', title: l10n.t('Lenses'), of: null, ofTwo: null },
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

/** What a result of an insight is of, as a word: when it changes, the result is out of date. */
export function resultKey(of: InsightName, place: InsightPlace): string {
  const { scope, whateverLens: isSame }: { readonly scope: InsightScope; readonly whateverLens?: true } = INSIGHTS[of];
  return scopeKey(scope, isSame ? { ...place, fingerprint: whateverLens(place.fingerprint) } : place);
}

/**
 * Host → page. `id` is that of the page's request, by which a late answer is known as such; null: the page has not asked, the
 * host tells what it knows, or does.
 */
export type InsightAnswer =
  | ({ readonly type: 'insightResult'; readonly id: number | null } & InsightResult)
  | { readonly type: 'insightProgress'; readonly id: number | null; readonly request: InsightRequest; readonly progress: Progress }
  /** What is known of a result that is on its way. */
  | ({ readonly type: 'insightPart'; readonly id: number | null } & InsightResult)
  /** No result will follow; problem null: it was cancelled. */
  | { readonly type: 'insightFailed'; readonly id: number | null; readonly request: InsightRequest; readonly problem: ProblemData | null }
  /** Switches the page to what is known of the model, or away from it to the flow graph. */
  | { readonly type: 'reveal'; readonly what: 'graph' | 'neurons' | 'calibration' | 'lenses' };
