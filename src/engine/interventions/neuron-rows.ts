/** The rows that neurons of experts write, which stay theirs where they are not at work. */
import { partName, type Activation } from '../../core/format/component';
import { rowOf } from '../../core/pass/vector';
import { isMixture } from '../../model/architecture/model-spec';
import type { ModelGraphs } from '../onnx/model-graphs';
import { indices } from '../onnx/session-pool';
import { isChosenNeuron, type NeuronRows } from './chosen-neuron';

/** The rows of those among some components that are such neurons. @throws Problem `out-of-memory` */
export async function rowsOfNeurons(graphs: ModelGraphs, components: readonly Activation[]): Promise<NeuronRows> {
  const wanted = components.filter(isChosenNeuron);
  const rows = new Map<string, Float32Array>();
  for (const layer of new Set(wanted.map((component) => component.layer))) {
    const { mlp } = graphs.spec.blocks[layer];
    if (!isMixture(mlp)) continue;
    const ofLayer = wanted.filter((component) => component.layer === layer);
    const feeds = {
      neurons: indices(ofLayer.map(({ neuron }) => neuron)),
      neuron_experts: indices(ofLayer.map(({ expert }) => expert)),
    };
    const found = (await graphs.neuronRows(layer, mlp, (run) => run(feeds))).floats('rows');
    for (const [i, component] of ofLayer.entries()) rows.set(partName(component), rowOf(found, i, graphs.spec.dModel));
  }
  return rows;
}
