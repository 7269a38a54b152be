import type { NormSpec } from '../../../model/architecture/model-spec';
import type { GraphBuilder, Value } from '../graph-builder';
import { headGains, type NormedHeads } from '../heads';
import { centred, normGain, normScale } from '../norms';
import { reshape } from '../shapes';

/** From the gradient of `norm(x)` to that of x, its scale included. x and gradient [N,width]; unchanged where there is no norm. */
export function normGradient(b: GraphBuilder, x: Value, spec: NormSpec | undefined, gradient: Value): Value {
  return spec === undefined ? gradient : standardisedGradient(b, x, spec, b.op('Mul', [gradient, normGain(b, spec)]));
}

/** From the gradient of `normedHeads(x)` to that of x. Both [N, count · width] */
export function normedHeadsGradient(b: GraphBuilder, x: Value, heads: NormedHeads, gradient: Value): Value {
  const { norms, count, width } = heads;
  if (norms === undefined) return gradient;
  const rows = (value: Value) => reshape(b, value, [-1, norms[0].width]);
  const gained = b.op('Mul', [gradient, headGains(b, norms, heads)]);
  return reshape(b, standardisedGradient(b, rows(x), norms[0], rows(gained)), [-1, count * width]);
}

/**
 * From the gradient g of a standardised row x̂ (no gain, no bias) to that of the row itself. `layer`:
 * (g − mean g − x̂·mean(g·x̂)) / σ; an `rms` norm subtracts no mean. [N,width]
 */
function standardisedGradient(b: GraphBuilder, x: Value, { kind, width, epsilon }: NormSpec, gradient: Value): Value {
  const plain: NormSpec = { kind, width, epsilon };
  const centre = (value: Value) => (kind === 'layer' ? centred(b, value) : value);
  const scale = normScale(b, x, plain);
  const standard = b.op('Div', [centre(x), scale]);
  const along = b.op('ReduceMean', [b.op('Mul', [gradient, standard]), b.ints([1])]);
  return b.op('Div', [b.op('Sub', [centre(gradient), b.op('Mul', [standard, along])]), scale]);
}
