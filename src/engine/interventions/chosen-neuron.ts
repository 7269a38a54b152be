/** Neurons of experts that are chosen for some tokens only. Nothing here loads onnxruntime. */
import type { Activation } from '../../core/format/component';

/** [d] by the name of the neuron, without its positions. */
export type NeuronRows = ReadonlyMap<string, Float32Array>;

/** A neuron of an expert that is chosen for some tokens, and not for others. */
export type ChosenNeuron = Activation & { readonly kind: 'neuron'; readonly expert: number };

/** See `ChosenNeuron`; those of a shared expert are at work everywhere. */
export function isChosenNeuron(component: Activation): component is ChosenNeuron {
  return component.kind === 'neuron' && typeof component.expert === 'number';
}
