/** What every component at every position does to the prediction at one, estimated in one backward pass. docs/method.md, "Effect". */
import { blockEffects, embeddingEffects } from '../analyse/effects/block-effects';
import { effectsSummary } from '../analyse/effects/graph-effects';
import type { CallContext } from '../call-context';
import { stopIfCancelled } from '../cancel';
import { componentName, type Component, type ExpertName } from '../format/component';
import type { EffectsSummary } from '../format/effects';
import type { FlowGraph, ModelInfo, PromptToken } from '../format/flow-graph';
import { effectQuantity, type Baseline, type BlockEffects, type DifferentiatedBlock } from '../pass/effects';
import type { InspectablePass } from '../pass/inspectable-pass';
import { settledTarget, shownTarget, type ResolvedTargetOptions } from '../pass/target';
import { neuronAmong } from '../pass/block-state';
import { readingAt } from '../pass/reading';
import { rowOf } from '../pass/vector';

/** Kinds of components that are ranked. Heads and feed-forward layers together are all that is added, apart from attention's biases. */
export const RANKED_KINDS = ['head', 'mlp', 'expert', 'neuron', 'attention'] as const;
export type RankedKind = (typeof RANKED_KINDS)[number];

/** A component at one position, and what it does to the prediction. */
export interface ComponentEffect {
  /** its name with its position, such as `blocks.3.attn.head.7@4` */
  readonly component: string;
  readonly kind: RankedKind;
  readonly layer: number;
  readonly head?: number;
  /** of an expert, or of a neuron that is one's */
  readonly expert?: ExpertName;
  readonly neuron?: number;
  readonly position: number;
  readonly estimated: number;
  /** a head: the position that it attends to most from there, and with which probability */
  readonly reads?: { readonly source: number; readonly attention: number };
}

/** Effects at every position up to the one under study, from 0; null where the other prompts are too short to have a partner. */
export type PositionEffects = readonly (number | null)[];

/** The answer of the `effects` call. */
export interface Effects {
  readonly schema: 'visit.effects/1';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  readonly target: FlowGraph['target'];
  readonly effects: EffectsSummary;
  /** `[layer][head][position]` */
  readonly heads: readonly (readonly PositionEffects[])[];
  /** `[layer][head][source]` what the heads at the position under study read */
  readonly sources: readonly (readonly PositionEffects[])[];
  /** `[layer][position]` */
  readonly attention: readonly PositionEffects[];
  readonly mlp: readonly PositionEffects[];
  readonly embed: PositionEffects;
  /** absent without learned positions */
  readonly posEmbed?: PositionEffects;
  /** `[border][position]` the stream that enters block 0, leaves block 0, … */
  readonly stream: readonly PositionEffects[];
  /** the components with the largest |effect|, over all layers and positions, largest first */
  readonly strongest: readonly ComponentEffect[];
}

/** What decides effects besides model and prompt. */
export interface EffectsOptions extends ResolvedTargetOptions {
  readonly baseline: Baseline;
  /** how many components are listed */
  readonly strongest: number;
  /** which kinds of components are */
  readonly kinds: readonly RankedKind[];
}

/**
 * Goes back through the whole pass once.
 *
 * @param look is shown every block on the way, from the last to the first
 * @throws Problem `against-itself`, and as `InspectablePass.differentiate`
 */
export async function buildEffects(
  pass: InspectablePass,
  options: EffectsOptions,
  context: CallContext,
  look?: (block: DifferentiatedBlock) => Promise<void>,
): Promise<Effects> {
  const { position, baseline, kinds } = options;
  const { nLayers, nHeads, dModel: d } = pass.model;
  const target = await settledTarget(pass, options);
  const of = effectQuantity(target);
  const differentiated = await pass.differentiate({ of, position }, baseline);
  const strongest = new Strongest(options.strongest);
  const perHead = (matrix: Float32Array, at: (head: number, position: number) => number): PositionEffects[] =>
    Array.from({ length: nHeads }, (_, head) => Array.from({ length: position + 1 }, (__, p) => numberOrNull(matrix[at(head, p)])));

  const heads: PositionEffects[][] = [];
  const sources: PositionEffects[][] = [];
  const [attention, mlp, stream]: PositionEffects[][] = [[], [], []];
  let embeddings: { readonly embed: PositionEffects; readonly posEmbed?: PositionEffects } | undefined;
  for await (const block of differentiated.blocks(0)) {
    stopIfCancelled(context, 'The estimate');
    const effects = blockEffects(block, pass);
    heads.unshift(perHead(effects.heads, (head, p) => p * nHeads + head));
    sources.unshift(perHead(effects.sources, (head, p) => head * (position + 1) + p));
    attention.unshift(Array.from(effects.attention, numberOrNull));
    mlp.unshift(Array.from(effects.mlp, numberOrNull));
    stream.unshift(Array.from(effects.residPost, numberOrNull));
    for (const kind of kinds) strongest.offer(kind, effects);
    await look?.(block);
    if (block.layer > 0) continue;
    stream.unshift(Array.from(effects.residPre, numberOrNull));
    const { embed, posEmbed } = embeddingEffects(pass, differentiated, block.preGradient);
    embeddings = { embed: Array.from(embed, numberOrNull), ...(posEmbed && { posEmbed: Array.from(posEmbed, numberOrNull) }) };
  }
  const final = await pass.read(rowOf(pass.stream[nLayers], position, d), { target, k: 1, position });
  return {
    schema: 'visit.effects/1',
    model: pass.model,
    prompt: pass.prompt,
    tokens: pass.tokens,
    position,
    target: await shownTarget(pass, options, target, readingAt(final, 0, pass).target),
    effects: effectsSummary(of, differentiated, baseline),
    heads,
    sources,
    attention,
    mlp,
    embed: [],
    ...embeddings,
    stream,
    strongest: await withReads(strongest.all(), pass, context),
  };
}

/** JSON has no NaN. */
function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** An entry of the list in the making. */
interface Ranked {
  readonly component: Component;
  readonly position: number;
  readonly estimated: number;
}

/** The components with the largest |effect| of all that were offered. */
class Strongest {
  /** largest first */
  readonly #kept: Ranked[] = [];

  constructor(private readonly count: number) {}

  /** All components of a kind in a block, at all positions. */
  offer(kind: RankedKind, effects: BlockEffects): void {
    const { layer } = effects;
    switch (kind) {
      case 'head':
        return this.#offer(effects.heads, effects, (head) => ({ kind, layer, head }));
      case 'neuron':
        return this.#offer(effects.neurons, effects, (index, position) => ({
          kind,
          layer,
          ...neuronAmong(effects.experts?.atWork(position) ?? [], index),
        }));
      case 'expert':
        if (effects.experts === undefined) return;
        const { atWork } = effects.experts;
        for (const { expert, position, effect } of effects.replacedExperts) this.#add({ kind, layer, expert }, position, effect);
        return this.#offer(effects.experts.effects, effects, (i, position) => ({ kind, layer, expert: atWork(position)[i].expert }));
      case 'attention':
      case 'mlp':
        return this.#offer(effects[kind], effects, () => ({ kind, layer }));
    }
  }

  /** Largest first. */
  all(): readonly Ranked[] {
    return this.#kept;
  }

  #offer(matrix: Float32Array, { attention: { length: n } }: BlockEffects, component: (i: number, position: number) => Component): void {
    const width = matrix.length / n;
    for (let at = 0; at < matrix.length; at++) {
      if (this.#isLarge(matrix[at])) this.#add(component(at % width, Math.floor(at / width)), Math.floor(at / width), matrix[at]);
    }
  }

  /** Whether an effect belongs to the largest so far. */
  #isLarge(estimated: number): boolean {
    const least = this.#kept.length < this.count ? -1 : Math.abs(this.#kept[this.count - 1]?.estimated ?? Infinity);
    // NaN is larger than nothing.
    return Math.abs(estimated) > least;
  }

  #add(component: Component, position: number, estimated: number): void {
    if (!this.#isLarge(estimated)) return;
    const place = this.#kept.findIndex((other) => Math.abs(other.estimated) < Math.abs(estimated));
    this.#kept.splice(place < 0 ? this.#kept.length : place, 0, { component, position, estimated });
    if (this.#kept.length > this.count) this.#kept.pop();
  }
}

/** Names the listed components, and says what the heads among them attend to. */
async function withReads(ranked: readonly Ranked[], pass: InspectablePass, context: CallContext): Promise<ComponentEffect[]> {
  const patterns = new Map<string, Float32Array>();
  const listed: ComponentEffect[] = [];
  for (const { component, position, estimated } of ranked) {
    const { kind, layer } = component;
    if (kind === 'source' || kind === 'adapter') continue;
    const named = { component: `${componentName(component)}@${position}`, kind, layer, position, estimated };
    if (kind !== 'head') {
      listed.push({
        ...named,
        ...('expert' in component && { expert: component.expert }),
        ...(kind === 'neuron' && { neuron: component.neuron }),
      });
      continue;
    }
    stopIfCancelled(context, 'The estimate');
    const key = `${layer} ${position}`;
    const pattern = patterns.get(key) ?? (await pass.pattern(layer, position));
    patterns.set(key, pattern);
    const row = rowOf(pattern, component.head, pass.tokens.length);
    const source = row.indexOf(Math.max(...row));
    listed.push({ ...named, head: component.head, reads: { source, attention: row[source] } });
  }
  return listed;
}
