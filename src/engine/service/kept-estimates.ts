/**
 * The estimated effects that a pass was last drawn with. They take a way back through the pass, and do not depend on what vectors are
 * read through: another lens needs none.
 */
import { estimateGraphEffects, type EffectsRequest } from '../../core/analyse/effects/graph-effects';
import type { CallContext } from '../../core/call-context';
import type { Baseline, BaselinePass, GraphEffects } from '../../core/pass/effects';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import { assertNever } from '../../core/problem';

/** See the head of this file. */
export class KeptEstimates {
  private readonly kept = new WeakMap<InspectablePass, { readonly key: string; readonly effects: GraphEffects }>();

  /** As `estimateGraphEffects`; from memory where the same was asked of the pass last. */
  async of(
    pass: InspectablePass,
    asked: EffectsRequest,
    layers: { readonly from: number; readonly to: number },
    context: CallContext,
  ): Promise<GraphEffects> {
    const key = JSON.stringify([asked.position, asked.target, baselineKey(asked.baseline), layers]);
    const known = this.kept.get(pass);
    if (known?.key === key) return known.effects;
    const effects = await estimateGraphEffects(pass, asked, layers, context);
    this.kept.set(pass, { key, effects });
    return effects;
  }
}

function baselineKey(baseline: Baseline): unknown {
  const keyOf = ({ prompt, tokens }: BaselinePass): unknown => [prompt, tokens.map(({ id }) => id)];
  switch (baseline.kind) {
    case 'zero':
      return null;
    case 'twin':
      return keyOf(baseline.pass);
    case 'mean':
      return [baseline.name, ...baseline.passes.map(keyOf)];
    default:
      return assertNever(baseline);
  }
}
