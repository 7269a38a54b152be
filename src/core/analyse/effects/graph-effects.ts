/** Estimated effects of what a flow graph draws. */
import type { CallContext } from '../../call-context';
import { stopIfCancelled } from '../../cancel';
import type { EffectsSummary, Reference } from '../../format/effects';
import {
  effectQuantity,
  type Baseline,
  type BlockEffects,
  type BlockEffectsAt,
  type DifferentiatedPass,
  type GraphEffects,
} from '../../pass/effects';
import type { Quantity } from '../../pass/gradients';
import type { InspectablePass } from '../../pass/inspectable-pass';
import type { Target } from '../../pass/lens';
import { dot, rowOf } from '../../pass/vector';
import { blockEffects, embeddingEffects } from './block-effects';

/** What is asked. */
export interface EffectsRequest {
  readonly position: number;
  readonly target: Target;
  readonly baseline: Baseline;
}

/**
 * Goes back through a pass as far as the first drawn block, and keeps what is drawn.
 *
 * @throws Problem as `InspectablePass.differentiate`
 */
export async function estimateGraphEffects(
  pass: InspectablePass,
  { position, target, baseline }: EffectsRequest,
  layers: { readonly from: number; readonly to: number },
  context: CallContext,
): Promise<GraphEffects> {
  const of = effectQuantity(target);
  const differentiated = await pass.differentiate({ of, position }, baseline);
  const blocks = new Map<number, BlockEffectsAt>();
  let embeddings: GraphEffects['embeddings'];
  for await (const block of differentiated.blocks(layers.from)) {
    stopIfCancelled(context, 'The estimate');
    if (block.layer <= layers.to) blocks.set(block.layer, effectsAt(blockEffects(block, pass), baseline, position));
    if (block.layer === 0) {
      const { embed, posEmbed } = embeddingEffects(pass, differentiated, block.preGradient);
      embeddings = { embed: embed[position], ...(posEmbed && { posEmbed: posEmbed[position] }) };
    }
  }
  return { summary: effectsSummary(of, differentiated, baseline), blocks, ...(embeddings && { embeddings }) };
}

/** What the effects of an answer have in common. */
export function effectsSummary(of: Quantity, { value, first, saturated }: DifferentiatedPass, baseline: Baseline): EffectsSummary {
  const named =
    baseline.kind === 'twin'
      ? { kind: baseline.kind, prompt: { text: baseline.pass.prompt } }
      : baseline.kind === 'mean'
        ? { kind: baseline.kind, prompts: baseline.passes, name: baseline.name }
        : baseline;
  return { of: quantityName(of), value, ...baselineSummary(named), first, ...(saturated && { saturated }) };
}

/** A quantity as an answer names it. */
export function quantityName({ kind }: Quantity): EffectsSummary['of'] {
  return kind === 'difference' ? 'difference' : kind === 'logit' ? 'raw' : 'centred';
}

/** What takes a component's place, as prompts. */
type NamedBaseline =
  | { readonly kind: 'zero' }
  | { readonly kind: 'twin'; readonly prompt: { readonly text: string } }
  | { readonly kind: 'mean'; readonly prompts: readonly unknown[]; readonly name?: string | undefined };

/** A baseline as an answer names it. */
export function baselineSummary(baseline: NamedBaseline): Reference {
  return {
    baseline: baseline.kind,
    ...(baseline.kind === 'twin' && { twin: baseline.prompt.text }),
    ...(baseline.kind === 'mean' && { prompts: baseline.prompts.length, ...(baseline.name !== undefined && { over: baseline.name }) }),
  };
}

/** A block's effects at one position, apart from what is known of the others. */
function effectsAt(effects: BlockEffects, baseline: Baseline, position: number): BlockEffectsAt {
  const n = position + 1;
  const row = (matrix: Float32Array): Float32Array => rowOf(matrix, position, matrix.length / n).slice();
  const { attnGradient, mlpGradient } = effects;
  const ofBias = (gradient: Float32Array) => (vector: Float32Array) => (baseline.kind === 'zero' ? dot(vector, gradient) : 0);
  const fromNothing = (gradient: Float32Array) => (vector: Float32Array) => (baseline.kind === 'zero' ? dot(vector, gradient) : Number.NaN);
  return {
    heads: row(effects.heads),
    sources: effects.sources,
    rows: effects.rows,
    neurons: row(effects.neurons),
    attention: effects.attention[position],
    mlp: effects.mlp[position],
    residPre: effects.residPre[position],
    residMid: effects.residMid[position],
    residPost: effects.residPost[position],
    biases: { attention: ofBias(attnGradient.slice()), mlp: ofBias(mlpGradient.slice()) },
    replaced: new Map(effects.replacedExperts.flatMap((each) => (each.position === position ? [[each.expert, each.effect] as const] : []))),
    updates: { attention: fromNothing(attnGradient.slice()), mlp: fromNothing(mlpGradient.slice()) },
  };
}
