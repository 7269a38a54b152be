/** The inspector among fakes: an engine that is quick and predictable, and ports that write down what they are told. */
import assert from 'node:assert/strict';
import { type FlowGraph, type ModelInfo, FLOW_GRAPH_SCHEMA } from '../../../src/core/format/flow-graph';
import { COMPARISON_SCHEMA, type Comparison } from '../../../src/core/format/comparison';
import { Problem } from '../../../src/core/problem';
import { DEFAULT_COUNTS } from '../../../src/core/format/default-counts';
import { countsFrom } from '../../../src/core/format/default-counts';
import type { EngineMethods } from '../../../src/core/protocol/engine';
import type { GraphOptions } from '../../../src/core/protocol/engine-options';
import type { HostMessage, ShownProblem } from '../../../src/core/protocol/inspector';
import { InspectorSession } from '../../../src/host/session/inspector-session';
import type { CallOptions, EngineCalls } from '../../../src/engine-client/engine-calls';
import type { Prompt } from '../../../src/host/session/prompt';
import type { InspectorResult } from '../../../src/host/session/inspector-input';

const CONTEXT = 8;
export const info: ModelInfo = {
  name: 'tiny',
  family: 'gpt2',
  nLayers: 4,
  nHeads: 2,
  nKeyValueHeads: 2,
  dModel: 8,
  dHead: 4,
  dMlp: 32,
  vocabSize: 256,
  contextLength: CONTEXT,
  parameters: 1_000,
  dtype: 'F32',
};

/** An engine whose tokens are UTF-16 units, that knows the targets of one unit, and whose graphs have no nodes. */
export class FakeEngine implements EngineCalls {
  readonly asked: { readonly method: keyof EngineMethods; readonly params: unknown }[] = [];
  /** Called before a graph is answered; may wait or throw. */
  beforeGraph: (prompt: string) => Promise<void> = () => Promise.resolve();
  /** Called before a next token is answered; may wait or throw. */
  beforeToken: (tokens: readonly number[]) => Promise<void> = () => Promise.resolve();
  /** Called before a call's model is in memory; may throw. */
  beforeLoad: () => void = () => undefined;
  /** how many nodes are unread of a graph of which those are asked for that are seen first, and of the one that was drawn last */
  unread = 0;
  #left = 0;
  /** Called before nodes are read; may wait or throw. */
  beforeReading: (ids: readonly string[] | undefined) => Promise<void> = () => Promise.resolve();
  /** of the model's files as they are */
  fingerprint = 'first';

  async call<K extends keyof EngineMethods>(
    method: K,
    params: EngineMethods[K]['params'],
    { onAsked, onModel }: CallOptions = {},
  ): Promise<EngineMethods[K]['result']> {
    onAsked?.();
    const answers: { [M in keyof EngineMethods]?: (params: EngineMethods[M]['params']) => Promise<EngineMethods[M]['result']> } = {
      tokenize: ({ text }) => Promise.resolve({ tokens: tokensOf(text), fits: text.length <= CONTEXT, contextLength: CONTEXT }),
      // Its template writes «…» around what is said, each with the first letter of the role.
      chat: ({ messages, reply }) => {
        if (messages.some(({ content }) => content.includes('!'))) throw new Problem('chat-template', 'fails in line 2: no shouting');
        let text = '';
        const said = messages.map(({ role, content }, message) => {
          text += `«${role[0]}`;
          const start = text.length;
          text += `${content}»`;
          return { start, end: start + content.length, message, at: 0 };
        });
        text += reply ? '«a' : '';
        return Promise.resolve({ text, tokens: tokensOf(text), said });
      },
      nextToken: async ({ tokens }) => {
        await this.beforeToken(tokens);
        const id = 98 + (tokens.length % 20);
        return { ...likely(id), rank: tokens.length % 2 === 0 ? 2 : 1, entropy: 1, top: [likely(97), likely(id)] };
      },
      findToken: ({ text }) => Promise.resolve({ kind: 'many', pieces: tokensOf(text), near: [{ id: 65, text: 'A' }] }),
      compare: async ({ left, right, options: { layers, counts, targets } }) => {
        const drawn = { layers: layers ?? { from: 2, to: 2 }, ...(counts && { counts }) };
        const [one, other] = [left, right].map(({ prompt, options }) => {
          const text = 'text' in prompt ? prompt.text : '';
          const { interventions = [] } = options;
          const donors = interventions.map((asked) => (asked.mode === 'patch' && 'text' in asked.from ? asked.from.text : ''));
          if ([text, ...donors].some(({ length }) => length > CONTEXT)) throw new Problem('prompt-too-long', 'Too long.');
          if (options.target && 'text' in options.target && options.target.text.length !== 1)
            throw new Problem('not-one-token', 'Not one token.');
          const applied = interventions.map(({ component }) => ({ mode: 'zero', component }) as const);
          return { ...graphOf(text, { ...options, ...drawn }), ...(applied.length > 0 && { interventions: applied }) };
        });
        assert.ok(one && other);
        await this.beforeGraph(`${one.prompt}|${other.prompt}|${targets ?? 'own'}`);
        return comparisonOf(one, other);
      },
      predict: ({ prompts }) =>
        Promise.resolve({
          schema: 'visit.predictions/1',
          model: info,
          rows: prompts.map((prompt) => ({ prompt: 'text' in prompt ? prompt.text : '', tokens: [], top: [], entropy: 1 })),
        }),
      readNodes: async ({ ids }) => {
        await this.beforeReading(ids);
        this.#left = Math.max(0, this.#left - (ids?.length ?? 2));
        const nodes = (ids ?? []).map((id) => ({ id, kind: 'ln1', layer: 0, norm: 1, reading: null, label: id }) as const);
        return { nodes, left: this.#left };
      },
      graph: async ({ prompt, options, seenFirst }) => {
        const text = 'text' in prompt ? prompt.text : String.fromCharCode(...prompt.tokens);
        await this.beforeGraph(text);
        if (text.length > CONTEXT) throw new Problem('prompt-too-long', 'Too long.');
        if (options.target && 'text' in options.target && options.target.text.length !== 1)
          throw new Problem('not-one-token', 'Not one token.');
        const given = 'tokens' in prompt ? 'tokens' : prompt.marked ? 'marked' : undefined;
        this.#left = seenFirst ? this.unread : 0;
        return { ...graphOf(text, options), ...(given && { given }), ...(this.#left > 0 && { unread: this.#left }) };
      },
    };
    this.asked.push({ method, params });
    const answer = answers[method];
    assert.ok(answer, `nobody should call ${method}`);
    this.beforeLoad();
    onModel?.({ info, fingerprint: this.fingerprint });
    return answer(params);
  }

  get graphs(): readonly GraphOptions[] {
    return this.of('graph').map(({ options }) => options);
  }

  /** Parameters of all calls of a method. */
  of<K extends keyof EngineMethods>(called: K): readonly EngineMethods[K]['params'][] {
    return this.asked.filter(({ method }) => method === called).map(({ params }) => params as EngineMethods[K]['params']);
  }
}

function likely(id: number) {
  return { id, text: String.fromCharCode(id), probability: 0.5 };
}

export function tokensOf(text: string): FlowGraph['tokens'] {
  return Array.from({ length: text.length }, (_, i) => ({ id: text.charCodeAt(i), text: text.charAt(i), start: i, end: i + 1 }));
}

export function graphOf(prompt: string, { position, layers, counts }: GraphOptions): FlowGraph {
  const top = info.nLayers - 1;
  const {
    last = 1,
    from = last === 0 ? 0 : info.nLayers - last,
    to = top,
  } = { ...layers } as { last?: number; from?: number; to?: number };
  return {
    schema: FLOW_GRAPH_SCHEMA,
    model: info,
    prompt,
    tokens: tokensOf(prompt),
    position: position ?? prompt.length - 1,
    target: { id: 1, text: 'x', logit: 1, probability: 0.5, rank: 1, measure: 'centred', measured: 1, chosen: 'auto' },
    layers: Array.from({ length: Math.min(to, top) - Math.min(from, top) + 1 }, (_, i) => Math.min(from, top) + i),
    counts: countsFrom((name) => counts?.[name]),
    stream: [],
    normBias: 0,
    nodes: [],
    edges: [],
  };
}

/** Two graphs without nodes. */
function comparisonOf(left: FlowGraph, right: FlowGraph): Comparison {
  return {
    schema: COMPARISON_SCHEMA,
    left,
    right,
    alignment: [],
    parting: [],
    nodes: [],
    edges: [],
    contrast: { of: 'target', left: 0, right: 0, normBias: 0 },
  };
}

export function promptOf(text: string, start = 100): Prompt {
  return { text, origin: { uri: 'file:///a.txt', name: 'a.txt', start } };
}

/** An inspector with everything that it says recorded. */
export function setUp(pageIsSeen = true): {
  inspector: InspectorSession;
  engine: FakeEngine;
  posted: HostMessage[];
  notices: ShownProblem[];
  kept: InspectorResult[];
  /** what the insights were told: to make way, and to go on */
  told: ('make way' | 'go on')[];
} {
  const engine = new FakeEngine();
  const posted: HostMessage[] = [];
  const notices: ShownProblem[] = [];
  const kept: InspectorResult[] = [];
  const told: ('make way' | 'go on')[] = [];
  const inspector = new InspectorSession({
    engine,
    model: () => ({ folder: '/model' }),
    defaults: () => ({ counts: DEFAULT_COUNTS, lastLayers: 1 }),
    continueSettings: () => ({ tokens: 3, sampling: null }),
    post: (message) => {
      posted.push(message);
      return pageIsSeen;
    },
    notify: (problem) => {
      notices.push(problem);
    },
    modelLoaded: () => undefined,
    otherPrompt: () => told.push('make way'),
    rests: () => told.push('go on'),
    shown: (shown) => {
      kept.push(shown);
    },
    log: { info: () => undefined, error: () => undefined },
  });
  return { inspector, engine, posted, notices, kept, told };
}

/** The graph that is shown. */
export function graphShown({ shown }: InspectorSession): Extract<InspectorResult, { kind: 'graph' }> {
  assert.ok(shown?.kind === 'graph', 'a graph is shown');
  return shown;
}

export const types = (messages: readonly HostMessage[]): string[] => messages.map(({ type }) => type).filter((type) => type !== 'working');
