/** What of a model's weights is kept ready in memory: as much as there is room for, and as others leave. */
import { showBytes } from '../../core/text/bytes';
import type { KeptWeights } from '../../core/protocol/kept-weights';
import type { Memory } from './available';
import type { MemoryNeed } from './need';

/** Part of a machine's memory that stays free for whatever else runs there. */
const RESERVE = 0.1;

/** Parts of a model whose weights can be kept, the plan that is best to have first. */
const PLANS: readonly KeptWeights[] = [
  { blocks: true, lens: true },
  { blocks: true, lens: false },
  { blocks: false, lens: true },
  { blocks: false, lens: false },
];

/** Bytes that a plan takes. */
export function planBytes(plan: KeptWeights, { keeping }: Pick<MemoryNeed, 'keeping'>): number {
  return (plan.blocks ? keeping.blocks : 0) + (plan.lens ? keeping.lens : 0);
}

/**
 * What to keep. A plan that is in force gives way when less than half of the reserve is left, and grows only where even twice the reserve
 * would be: else two programs that watch each other would go back and forth.
 *
 * @param inForce what is kept now, and how much of it has been taken so far; absent: nothing is
 */
export function planKept(
  need: Pick<MemoryNeed, 'keeping' | 'model'>,
  { available, total }: Memory,
  inForce?: { readonly plan: KeptWeights; readonly taken: number },
): KeptWeights {
  const reserve = RESERVE * total;
  const fits = (least: number) => (plan: KeptWeights) => planBytes(plan, need) + least <= available;
  if (inForce === undefined) return PLANS.find(fits(reserve + need.model)) ?? PLANS[PLANS.length - 1];
  const { plan, taken } = inForce;
  const fitsNow = (candidate: KeptWeights, least: number) => planBytes(candidate, need) - taken + least <= available;
  const current = planBytes(plan, need);
  const better = PLANS.find((candidate) => planBytes(candidate, need) > current && fitsNow(candidate, 2 * reserve));
  if (better) return better;
  if (fitsNow(plan, reserve / 2)) return plan;
  return PLANS.find((candidate) => planBytes(candidate, need) < current && fitsNow(candidate, reserve)) ?? PLANS[PLANS.length - 1];
}

/** Says what is kept and why, for the log. */
export function planSentence(plan: KeptWeights, need: Pick<MemoryNeed, 'keeping' | 'dequantised'>, { available }: Memory): string {
  const what =
    plan.blocks && plan.lens
      ? need.dequantised === 0
        ? 'all weights'
        : 'all weights that are not quantised'
      : plan.blocks
        ? 'the weights of the blocks'
        : plan.lens
          ? 'the weights that read the vocabulary'
          : 'no weights';
  const all = planBytes(PLANS[0], need);
  const kept = `keeps ${what} ready in memory: ${showBytes(planBytes(plan, need))} of ${showBytes(all)}, with ${showBytes(available)} free`;
  return need.dequantised === 0 ? kept : `${kept}; ${showBytes(need.dequantised)} of quantised weights are dequantised at every use`;
}
