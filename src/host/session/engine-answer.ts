/** Asking the engine about an input. */
import { assertNever } from '../../core/problem';
import type { OpenedModel, TokenMatch } from '../../core/protocol/engine';
import type { TargetField } from '../../core/protocol/inspector';
import { offsetOfLastTokens } from '../../core/text/last-tokens';
import type { CallOptions } from '../../engine-client/engine-calls';
import { comparisonOptions, sideOptions } from './compare-choice';
import { fromOffsets, textsOf, type InspectorInput, type InspectorResult } from './inspector-input';
import type { ModelCalls } from './model-calls';
import { resolvePrompt } from './resolved-prompt';
import { graphOptions, type ViewDefaults } from './view-choice';

/** Tokens that the table of predictions lists for each prompt. */
const PREDICTED = 5;

/**
 * What the engine says to an input.
 * @throws Problem what the engine answers
 */
export async function answerInput(
  { engine, model }: ModelCalls,
  input: InspectorInput,
  defaults: ViewDefaults,
  options: CallOptions,
): Promise<InspectorResult> {
  let fingerprint = '';
  const onModel = (opened: OpenedModel): void => {
    ({ fingerprint } = opened);
    options.onModel?.(opened);
  };
  const call = { ...options, onModel };
  switch (input.kind) {
    case 'graph': {
      const { input: prompt, places } = await resolvePrompt({ engine, model }, input.prompt, call);
      const asked = { model, prompt, options: graphOptions(input.choice, defaults) };
      const graph = await engine.call('graph', { ...asked, seenFirst: true }, call);
      return { ...input, graph, asked, fingerprint, places: [places] };
    }
    case 'comparison': {
      const { choice } = input;
      const left = await resolvePrompt({ engine, model }, input.left, call);
      const right = await resolvePrompt({ engine, model }, input.right, call);
      const params = {
        model,
        left: { prompt: left.input, options: sideOptions(choice.left, choice.measure) },
        right: { prompt: right.input, options: sideOptions(choice.right, choice.measure, choice.interventions) },
        options: comparisonOptions(choice, defaults),
      };
      const comparison = await engine.call('compare', params, call);
      return { ...input, comparison, fingerprint, places: [left.places, right.places] };
    }
    case 'predictions': {
      const table = await engine.call('predict', { model, prompts: input.prompts.map(({ text }) => ({ text })), tokens: PREDICTED }, call);
      return { ...input, table, fingerprint };
    }
    default:
      return assertNever(input);
  }
}

/**
 * The input with every text that is too long cut to the last tokens that the model reads.
 * @throws Problem what the engine answers, `prompt-too-long` where no end of a text fits
 */
export async function withLastTokens({ engine, model }: ModelCalls, input: InspectorInput, call: CallOptions): Promise<InspectorInput> {
  /** where what is left of each text begins */
  const offsets = new Map<string, number>();
  for (const text of textsOf(input)) {
    offsets.set(text, await offsetOfLastTokens(text, (part) => engine.call('tokenize', { model, text: part }, call)));
  }
  return fromOffsets(input, (text) => offsets.get(text) ?? 0);
}

/** A typed text that is not a single token: its pieces, and single tokens that may have been meant. */
export interface NotOneToken extends Omit<Extract<TokenMatch, { readonly kind: 'many' }>, 'kind'> {
  readonly text: string;
  readonly field: TargetField;
}

/**
 * The first of the input's typed targets that is not a single token; undefined if each is one.
 * @throws Problem what the engine answers
 */
export async function notOneToken(
  { engine, model }: ModelCalls,
  input: InspectorInput,
  call: CallOptions,
): Promise<NotOneToken | undefined> {
  for (const { text, field } of typedTokens(input)) {
    const match = await engine.call('findToken', { model, text }, call);
    if (match.kind === 'many') return { text, pieces: match.pieces, near: match.near, field };
  }
  return undefined;
}

/** The texts of an input that must each be one token. */
function typedTokens(input: InspectorInput): readonly { readonly text: string; readonly field: TargetField }[] {
  const typed = (text: string | undefined, field: TargetField) => (text === undefined ? [] : [{ text, field }]);
  switch (input.kind) {
    case 'graph':
      return (['target', 'against'] as const).flatMap((of) => typed(input.choice[of], { of }));
    case 'comparison':
      return (['left', 'right'] as const).flatMap((side) =>
        (['target', 'against'] as const).flatMap((of) => typed(input.choice[side][of], { side, of })),
      );
    case 'predictions':
      return [];
    default:
      return assertNever(input);
  }
}

/** What a result is of, for the log. */
export function inWords(result: InspectorResult): string {
  switch (result.kind) {
    case 'graph':
      return `${result.graph.tokens.length} tokens, layers ${result.graph.layers.join(' ')}`;
    case 'comparison':
      return `${result.comparison.left.tokens.length} and ${result.comparison.right.tokens.length} tokens, layers ${result.comparison.left.layers.join(' ')}`;
    case 'predictions':
      return `${result.table.rows.length} prompts`;
    default:
      return assertNever(result);
  }
}
