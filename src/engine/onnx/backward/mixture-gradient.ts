/** Back through a mixture of experts: through those that were chosen, and through the weights that the router gave them. */
import { expertWidth, type MixtureSpec, type RouterSpec } from '../../../model/architecture/model-spec';
import { backToNeurons, withoutBias } from '../expert-bias';
import { scaled } from '../elementwise';
import { throughExperts } from '../experts';
import type { GraphBuilder, Value } from '../graph-builder';
import { coefficientParts, contests, positionsOf, readByExpert, type MixtureNeurons, type Routing } from '../mixture';
import { neurons } from '../neurons';
import { timesTransposed } from '../products';
import { reshape } from '../shapes';
import { neuronsGradient } from './neurons-gradient';

/** Gradients of a mixture. */
export interface MixtureGradients {
  /** [n, K·F + F of the shared expert] of the coefficients of the neurons that are at work */
  readonly coefficients: Value;
  /** [n,d] of what the layer reads */
  readonly input: Value;
}

/**
 * Which experts are chosen does not change with an infinitely small step; what they are weighted with does.
 *
 * @param read [n,d] what the layer reads
 * @param ofYielded [n,d] gradient of what it yields
 * @param unedited from the gradient of edited coefficients to that of what they were before
 */
export function mixtureGradient(
  b: GraphBuilder,
  spec: MixtureSpec,
  values: MixtureNeurons,
  { read, ofYielded, unedited }: { readonly read: Value; readonly ofYielded: Value; readonly unedited: (coefficients: Value) => Value },
): MixtureGradients {
  const { router, experts, shared } = spec;
  const { routing, activations } = values;
  const [K, d, width] = [router.chosen, experts[0].down.weight.outputs, expertWidth(experts[0])];
  const times = (x: Value, y: Value) => b.op('Mul', [x, y]);
  const sumOverRow = (x: Value) => b.op('ReduceSum', [x, b.ints([-1])], { keepdims: 1 });
  const ofPositions = (x: Value, rows: Value) => b.op('Gather', [x, positionsOf(b, rows, K)], { axis: 0 });

  const ofChosen = throughExperts(b, routing.rows, experts.length, width, (e, rows) =>
    backToNeurons(b, experts[e], ofPositions(ofYielded, rows)),
  );
  const perPosition = reshape(b, ofChosen, [-1, K * width]);
  const coefficients = shared
    ? b.op('Concat', [perPosition, timesTransposed(b, ofYielded, shared.mlp.down.weight)], { axis: 1 })
    : perPosition;
  const parts = coefficientParts(b, spec, unedited(coefficients));

  const ofActivations = times(parts.chosen, reshape(b, routing.weights, [-1, 1]));
  const throughNeurons = throughExperts(b, routing.rows, experts.length, d, (e, rows) => {
    const own = neurons(b, experts[e], readByExpert(b, routing, read, rows, K));
    const ofOwn = withoutBias(b, experts[e], b.op('Gather', [ofActivations, rows], { axis: 0 }));
    return neuronsGradient(b, experts[e], own, ofOwn).input;
  });
  const ofRead = reshape(b, throughNeurons, [-1, K, d]);
  const { ofInput } = routing;
  // What a score multiplies is what an expert reads, or what it writes.
  const ofWeights = ofInput
    ? reshape(b, sumOverRow(times(ofRead, b.op('Unsqueeze', [read, b.ints([1])]))), [-1, K])
    : reshape(b, sumOverRow(times(parts.chosen, activations)), [-1, K]);
  const inputs = [
    b.op('ReduceSum', [ofInput ? times(ofRead, reshape(b, ofInput, [-1, K, 1])) : ofRead, b.ints([1])], { keepdims: 0 }),
    timesTransposed(b, routerGradient(b, routing, router, ofWeights), router.layer.weight),
  ];
  if (shared && parts.shared && values.shared) {
    const { neurons: own, weight } = values.shared;
    const ofOwn = weight ? times(parts.shared, weight) : parts.shared;
    inputs.push(neuronsGradient(b, shared.mlp, own, ofOwn).input);
    if (weight && shared.gate) {
      const slope = times(weight, b.op('Sub', [b.floats([1]), weight]));
      const ofGate = times(sumOverRow(times(parts.shared, own.coefficients)), slope);
      inputs.push(timesTransposed(b, ofGate, shared.gate.weight));
    }
  }
  return { coefficients, input: inputs.reduce((sum, x) => b.op('Add', [sum, x])) };
}

/** From the gradient of the weights of the chosen experts [n,K] to that of the router's logits [n,E]. */
function routerGradient(b: GraphBuilder, routing: Routing, router: RouterSpec, ofScaledWeights: Value): Value {
  const { weighting, chosen: K } = router;
  const { logits, scores, chosen, experts } = routing;
  const ofWeights = scaled(b, ofScaledWeights, router.scale);
  const sumOverRow = (x: Value) => b.op('ReduceSum', [x, b.ints([-1])], { keepdims: 1 });
  const along = (x: Value, y: Value) => sumOverRow(b.op('Mul', [x, y]));
  const none = b.op('Mul', [scores, b.floats([0])]);
  /** Back through a softmax, of whose results p those at `at` have a gradient. */
  const throughSoftmax = (p: Value, at: Value, gradient: Value) => {
    const ofP = b.op('ScatterElements', [none, at, gradient], { axis: 1 });
    return b.op('Mul', [p, b.op('Sub', [ofP, along(ofP, p)])]);
  };
  const throughScores = (gradient: Value) => {
    if (router.scores !== 'sigmoid') return throughSoftmax(scores, experts, gradient);
    const slope = b.op('Mul', [chosen, b.op('Sub', [b.floats([1]), chosen])]);
    return b.op('ScatterElements', [none, experts, b.op('Mul', [gradient, slope])], { axis: 1 });
  };
  if (weighting === 'probability' || weighting === 'input') return throughScores(ofWeights);
  if (weighting === 'renormalised') {
    const sum = sumOverRow(chosen);
    return throughScores(b.op('Div', [b.op('Sub', [ofWeights, along(ofWeights, b.op('Div', [chosen, sum]))]), sum]));
  }
  return contests(b, weighting, { logits, experts, K })
    .map(({ probabilities: p, expert }, k) =>
      throughSoftmax(p, expert, b.op('Slice', [ofWeights, b.ints([k]), b.ints([k + 1]), b.ints([1])])),
    )
    .reduce((sum, x) => b.op('Add', [sum, x]));
}
