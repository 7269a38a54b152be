import { readNodes, type buildFlowGraph } from '../../core/build/build-flow-graph';
import type { ResolvedGraphOptions } from '../../core/build/flow-graph-builder';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import type { buildLensGrid } from '../../core/insight/lens-grid';
import { seenFirst as rowsSeenFirst } from '../../core/present/rows/seen-first';
import { settledTarget } from '../../core/pass/target';
import type { ChatMessage } from '../../core/format/chat';
import { saidStretches } from '../../model/tokenizer/said-stretches';
import type { CallContext } from '../../core/call-context';
import { writeTraceFile } from './trace-file';
import { readBaseline, runBaseline } from './baseline';
import { compareHandlers } from './compare-handlers';
import { continueHandlers } from './continue-handlers';
import { CurrentModel } from './current-model';
import { effectHandlers } from './effect-handlers';
import { expertHandlers } from './expert-handlers';
import { resolveGraphOptions } from './graph-options';
import type { EngineMethods } from '../../core/protocol/engine';
import type { EngineHandlers, HandlerContext } from './engine-handlers';
import { insightHandlers } from './insight-handlers';
import { readInterventions } from './interventions';
import { KeptEstimates } from './kept-estimates';
import { lensHandlers } from './lens-handlers';
import { readPrompt, requireChatTemplate, requireTokenizer } from './prompt';
import type { LoadOptions } from '../runtime/load-options';
import type { OpenModel } from './runnable-model';

/** Nodes that are read at once while nobody waits for them: a call that comes meanwhile is served after them. */
const NODES_IN_A_MOMENT = 48;
/** The same where that would take hardly longer than reading one. */
const NODES_IN_A_BATCH = 240;

/** Whether the vocabulary is dequantised at each use, which takes most of the time in which it reads a few rows. */
function isDequantised({ model }: InspectablePass): boolean {
  return model.dequantised === true;
}

/** What the service is made of; tests put their own parts in. */
export interface ServiceParts {
  /** Reads a model from an absolute folder. */
  readonly loadModel: (folder: string, context: CallContext, options: LoadOptions) => Promise<OpenModel>;
  readonly buildFlowGraph: typeof buildFlowGraph;
  readonly buildLensGrid: typeof buildLensGrid;
}

/** What the engine does. */
export interface Service {
  readonly handlers: EngineHandlers;
  /** One step that makes later answers faster; whether there was one. To be called between two calls. */
  readonly packNext: () => Promise<boolean>;
}

/** The engine's answers, and what it does between them. */
export function createService(parts: ServiceParts): Service {
  const current = new CurrentModel(parts.loadModel);
  return { handlers: handlersOf(current, parts), packNext: () => current.packNext() };
}

/** The engine's answers. Handlers share one model in memory and must be called one at a time. */
export function createHandlers(parts: ServiceParts): EngineHandlers {
  return createService(parts).handlers;
}

function handlersOf(current: CurrentModel, { buildFlowGraph, buildLensGrid }: Omit<ServiceParts, 'loadModel'>): EngineHandlers {
  const estimates = new KeptEstimates();
  /** The pass that a graph is asked of, and what is asked, with all that was left open. */
  const asked = async (
    { model, prompt: input, options }: EngineMethods['graph']['params'],
    context: HandlerContext,
  ): Promise<{ readonly pass: InspectablePass; readonly resolved: ResolvedGraphOptions }> => {
    const open = await current.open(model, context);
    const prompt = readPrompt(input, open);
    const resolved = resolveGraphOptions(options, prompt, open);
    const changes = readInterventions(options.interventions, prompt, resolved.position, open);
    const baseline = readBaseline(options.effects ?? (options.by === 'effect' ? { baseline: 'zero' } : undefined), open);
    const pass = await current.forward(open, prompt, context, changes);
    if (baseline === null) return { pass, resolved: { ...resolved, ...(options.by && { by: options.by }) } };
    const { position, layers } = resolved;
    const of = { position, target: await settledTarget(pass, resolved), baseline: await runBaseline(current, open, baseline, context) };
    const effects = await estimates.of(pass, of, layers, context);
    return { pass, resolved: { ...resolved, effects, by: options.by ?? 'norm' } };
  };
  return {
    async load({ model }, context) {
      return (await current.open(model, context)).model.info;
    },

    async tokenize({ model, text }, context) {
      const open = await current.open(model, context);
      const { contextLength } = open.model.info;
      const tokens = requireTokenizer(open).tokenize(text);
      return { tokens, fits: tokens.length <= contextLength, contextLength };
    },

    async chat({ model, messages, reply }, context) {
      const open = await current.open(model, context);
      const tokenizer = requireTokenizer(open);
      const template = await requireChatTemplate(open);
      const render = (conversation: readonly ChatMessage[]): string => template.render(conversation, { reply });
      const text = render(messages);
      return { text, tokens: tokenizer.tokenize(text, { framed: false }), said: saidStretches(render, messages, text) };
    },

    async findToken({ model, text }, context) {
      const open = await current.open(model, context);
      return requireTokenizer(open).findToken(text);
    },

    async graph({ model, prompt, options, seenFirst }, context) {
      const { pass, resolved } = await asked({ model, prompt, options }, context);
      const { layers } = resolved;
      const inOneBatch = isDequantised(pass) && layers.from === layers.to;
      return buildFlowGraph(pass, resolved, context, seenFirst && !inOneBatch ? rowsSeenFirst : undefined);
    },

    async readNodes({ model, prompt, options, ids }, context) {
      const { pass, resolved } = await asked({ model, prompt, options }, context);
      return readNodes(pass, resolved, ids ?? (isDequantised(pass) ? NODES_IN_A_BATCH : NODES_IN_A_MOMENT), context);
    },

    ...continueHandlers(current),

    ...compareHandlers(current),

    async lens({ model, prompt: input, tokens, interventions }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const changes = readInterventions(interventions, prompt, prompt.tokens.length - 1, open);
      const pass = await current.forward(open, prompt, context, changes);
      return buildLensGrid(pass, tokens, context);
    },

    ...insightHandlers(current),

    ...effectHandlers(current),

    ...expertHandlers(current),

    ...lensHandlers(current),

    async trace({ model, prompt: input, file, interventions }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const changes = readInterventions(interventions, prompt, prompt.tokens.length - 1, open);
      const pass = await current.forward(open, prompt, context, changes);
      return {
        entries: await writeTraceFile(file, open.model.trace(pass, context), open.model.info.nLayers, traceMetadata(pass), context),
      };
    },
  };
}

/** What a trace file says of itself. The format keeps texts only. */
function traceMetadata({ model, prompt, interventions }: InspectablePass): Record<string, string> {
  return { model: model.name, prompt, ...(interventions && { interventions: JSON.stringify(interventions) }) };
}
