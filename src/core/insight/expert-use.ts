/** How often each expert of a mixture is chosen over many prompts, and for which tokens. docs/method.md, "Mixtures of experts". */
import type { CallContext } from '../call-context';
import type { ModelInfo, PromptToken } from '../format/flow-graph';
import type { BlockRouting } from '../pass/block-state';
import { Problem } from '../problem';
import type { TokenText } from '../text/token-text';
import { surveyPrompts, type Forward, type SkippedPrompt } from './survey';

/** A token that goes to an expert. */
export interface RoutedToken extends TokenText {
  /** how often it went there */
  readonly count: number;
  /** how often it is in the prompts */
  readonly of: number;
}

/** One expert of one layer, over all tokens of all prompts. */
export interface ExpertUse {
  readonly expert: number;
  /** tokens that it was chosen for */
  readonly count: number;
  /** the same as a part of all tokens, from 0 to 1 */
  readonly share: number;
  /** the share divided by the one that every expert would have if all were chosen equally often: 1 is even use */
  readonly timesEven: number;
  /** mean of what its output is multiplied with where it is chosen; null where it never is */
  readonly weight: number | null;
  /** mean over all tokens of the router's probability, or score; see `scoreName` */
  readonly probability: number;
  /** tokens that it was most often chosen for */
  readonly tokens: readonly RoutedToken[];
}

/** The experts of one layer. */
export interface LayerExpertUse {
  readonly layer: number;
  /** the number of experts that, used equally often, would be as evenly used: 2 to the entropy of the choices in bits; all of them where use is even */
  readonly effective: number;
  /** most used first; of equally used ones the lower number first */
  readonly experts: readonly ExpertUse[];
}

/** The answer of the `expertUse` call. */
export interface ExpertUseSurvey {
  readonly schema: 'visit.expert-use/1';
  readonly model: ModelInfo;
  /** prompts that were run */
  readonly prompts: number;
  readonly skipped: readonly SkippedPrompt[];
  /** tokens of these prompts, each of which goes to `chosen` experts in every layer */
  readonly positions: number;
  readonly chosen: number;
  /** layers that are mixtures */
  readonly layers: readonly LayerExpertUse[];
}

/** What a router's figure of an expert is called: sigmoids of logits are not probabilities, and do not add up to 1. */
export function scoreName({ experts }: Pick<ModelInfo, 'experts'>): 'probability' | 'score' {
  return experts?.scores === 'sigmoid' ? 'score' : 'probability';
}

/** Counts one layer. */
class LayerCount {
  readonly #counts: Float64Array;
  readonly #weights: Float64Array;
  readonly #probabilities: Float64Array;
  /** for each expert, by the id of the token */
  readonly #tokens: readonly Map<number, number>[];

  constructor(private readonly experts: number) {
    this.#counts = new Float64Array(experts);
    this.#weights = new Float64Array(experts);
    this.#probabilities = new Float64Array(experts);
    this.#tokens = Array.from({ length: experts }, () => new Map<number, number>());
  }

  add({ probabilities, chosen }: BlockRouting, tokens: readonly PromptToken[]): void {
    chosen.forEach((experts, position) => {
      for (const { expert, weight } of experts) {
        this.#counts[expert]++;
        this.#weights[expert] += weight;
        increase(this.#tokens[expert], tokens[position].id);
      }
    });
    probabilities.forEach((probability, i) => (this.#probabilities[i % this.experts] += probability));
  }

  /** @param of how often each token is in the prompts @param listed tokens for each expert */
  result(layer: number, of: ReadonlyMap<number, number>, listed: number, text: (id: number) => TokenText): LayerExpertUse {
    const positions = total(of.values());
    const choices = total(this.#counts);
    const entropy = this.#counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / choices) * Math.log2(count / choices)), 0);
    const experts = Array.from(this.#counts, (count, expert): ExpertUse => ({
      expert,
      count,
      share: count / positions,
      timesEven: (count * this.experts) / choices,
      weight: count === 0 ? null : this.#weights[expert] / count,
      probability: this.#probabilities[expert] / positions,
      tokens: [...this.#tokens[expert]]
        .sort(([a, n], [b, m]) => m - n || (of.get(a) ?? 0) - (of.get(b) ?? 0) || a - b)
        .slice(0, listed)
        .map(([id, times]) => ({ ...text(id), count: times, of: of.get(id) ?? 0 })),
    }));
    return { layer, effective: 2 ** entropy, experts: experts.sort((a, b) => b.count - a.count || a.expert - b.expert) };
  }
}

/**
 * Runs every prompt once and counts where each of its tokens goes.
 *
 * @param tokens listed for each expert
 * @throws Problem `bad-request` for a model without experts; see `surveyPrompts`
 */
export async function surveyExperts<P>(
  model: ModelInfo,
  prompts: readonly P[],
  { tokens }: { readonly tokens: number },
  forward: Forward<P>,
  context: CallContext,
): Promise<ExpertUseSurvey> {
  const { experts } = model;
  if (experts === undefined) {
    throw new Problem(
      'bad-request',
      `${model.name} is not a mixture of experts: every token goes through all neurons of its feed-forward layers.`,
      'Choose a mixture of experts, or ask “visit neurons” which neurons are active for almost every prompt.',
    );
  }
  const quiet: CallContext = { signal: context.signal, report: () => undefined };
  const counts = experts.layers.map((layer) => ({ layer, count: new LayerCount(experts.count) }));
  const seen = new Map<number, number>();
  const texts = new Map<number, TokenText>();
  const skipped = await surveyPrompts(
    prompts,
    async (prompt) => {
      const pass = await forward(prompt, quiet);
      for (const { layer, count } of counts) {
        const routing = await pass.routing(layer);
        if (routing === null) throw new Problem('internal', `Layer ${layer} of ${model.name} has no experts.`);
        count.add(routing, pass.tokens);
      }
      for (const { id } of pass.tokens) {
        increase(seen, id);
        texts.set(id, pass.tokenText(id));
      }
    },
    context,
  );
  const textOf = (id: number): TokenText => {
    const known = texts.get(id);
    if (known === undefined) throw new Problem('internal', `Token ${id} is in no prompt.`);
    return known;
  };
  return {
    schema: 'visit.expert-use/1',
    model,
    prompts: prompts.length - skipped.length,
    skipped,
    positions: total(seen.values()),
    chosen: experts.chosen,
    layers: counts.map(({ layer, count }) => count.result(layer, seen, tokens, textOf)),
  };
}

function increase(counts: Map<number, number>, id: number): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

function total(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
