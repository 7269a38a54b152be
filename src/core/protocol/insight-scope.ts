/** What a result of an insight is of, and when it is out of date. */
import type { Side } from '../format/comparison';
import type { FlowGraph } from '../format/flow-graph';
import type { BaselineInput } from './engine-inputs';
import { measured } from './shown-pass';

/**
 * What a result is of, each with all that comes before it: `model`; `file`: the prompts of a file; `prompt`; `position` of its
 * token under study, with the measure of effects on single tokens; `target`: the token that is read for there; `targetInFile`: both that and
 * the prompts of its file; `effect`: both that and what effects are against; `comparison`: all that of both sides. When that changes, the result is out of date.
 */
export type InsightScope = 'model' | 'file' | 'prompt' | 'position' | 'target' | 'targetInFile' | 'effect' | 'comparison';

/** What an insight may be of: of one pass, or of two. */
export type InsightPlace =
  | {
      readonly fingerprint: string;
      readonly graph: Pick<FlowGraph, 'prompt' | 'position' | 'target'>;
      /** what names the file of the prompt, or its prompts; absent for a typed prompt */
      readonly file: string | undefined;
      /** what effects are against; absent: components are switched off */
      readonly baseline?: BaselineInput | undefined;
    }
  | {
      readonly fingerprint: string;
      readonly comparison: Readonly<Record<Side, Pick<FlowGraph, 'prompt' | 'position' | 'target' | 'interventions'>>>;
    };

/** What a result of this scope is of, as a word: when it changes, the result is out of date. */
export function scopeKey(scope: InsightScope, place: InsightPlace): string {
  return JSON.stringify([place.fingerprint, 'comparison' in place ? ofTwo(scope, place) : ofOne(scope, place)]);
}

function ofTwo(scope: InsightScope, { comparison: { left, right } }: Extract<InsightPlace, { readonly comparison: unknown }>): unknown {
  if (scope === 'model') return [];
  return scope === 'comparison' ? [targetKey(left), targetKey(right), left.interventions, right.interventions] : null;
}

function ofOne(scope: InsightScope, { graph, file, baseline }: Extract<InsightPlace, { readonly graph: unknown }>): unknown {
  const target = targetKey(graph);
  const of: Readonly<Record<InsightScope, readonly unknown[] | null>> = {
    model: [],
    file: [file],
    prompt: [graph.prompt],
    position: [graph.prompt, graph.position, measured(graph.target)],
    target,
    targetInFile: [...target, file],
    effect: [...target, baseline ?? { baseline: 'zero' }],
    comparison: null,
  };
  return of[scope];
}

function targetKey({ prompt, position, target: { id, against, measure } }: Pick<FlowGraph, 'prompt' | 'position' | 'target'>): unknown[] {
  return [prompt, position, id, against?.id, measure];
}
