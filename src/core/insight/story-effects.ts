/** Estimated effects where a story has shares: of each layer's two branches, and of what its heads read. */
import { blockEffects } from '../analyse/effects/block-effects';
import { effectsSummary } from '../analyse/effects/graph-effects';
import type { CallContext } from '../call-context';
import { stopIfCancelled } from '../cancel';
import type { EffectsSummary } from '../format/effects';
import { effectQuantity } from '../pass/effects';
import type { InspectablePass } from '../pass/inspectable-pass';
import type { Target } from '../pass/lens';
import { rowOf } from '../pass/vector';

/** The effects of one layer at the position under study. */
interface LayerEffects {
  readonly attention: number;
  readonly mlp: number;
  /** [H,T] of each source of each head; 0 for what comes later */
  readonly along: Float32Array;
}

/** Of every layer what it does to the prediction, switched off. */
export interface StoryEffects {
  readonly summary: EffectsSummary;
  /** from the first layer to the last */
  readonly blocks: readonly LayerEffects[];
}

/**
 * Goes back through the pass once.
 *
 * @throws Problem as `InspectablePass.differentiate`
 */
export async function storyEffects(pass: InspectablePass, position: number, target: Target, context: CallContext): Promise<StoryEffects> {
  const { nHeads } = pass.model;
  const T = pass.tokens.length;
  const of = effectQuantity(target);
  const baseline = { kind: 'zero' } as const;
  const differentiated = await pass.differentiate({ of, position }, baseline);
  const blocks: LayerEffects[] = [];
  for await (const block of differentiated.blocks(0)) {
    stopIfCancelled(context, 'The estimate');
    const { attention, mlp, sources } = blockEffects(block, pass);
    const along = new Float32Array(nHeads * T);
    for (let head = 0; head < nHeads; head++) along.set(rowOf(sources, head, position + 1), head * T);
    blocks.unshift({ attention: attention[position], mlp: mlp[position], along });
  }
  return { summary: effectsSummary(of, differentiated, baseline), blocks };
}
