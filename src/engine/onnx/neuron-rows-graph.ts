/** What single neurons of the experts of a mixture write, whatever the prompt. */
import type { MixtureSpec } from '../../model/architecture/model-spec';
import { expertValues } from './expert-bias';
import { routedRows, throughExperts } from './experts';
import { GraphBuilder } from './graph-builder';
import { DataType } from './proto';
import type { Weights } from './weights';

/** Inputs: `neurons` and `neuron_experts` [n], which neuron of which expert. Output: `rows` [n,d], the rows of their last matrices. */
export function buildNeuronRowsGraph(weights: Weights, { experts }: MixtureSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const neurons = b.input('neurons', DataType.INT64, ['neurons']);
  const routed = routedRows(b, b.input('neuron_experts', DataType.INT64, ['neurons']), experts.length);
  const d = experts[0].down.weight.outputs;
  const rows = throughExperts(b, routed, experts.length, d, (e, own) =>
    expertValues(b, experts[e], b.op('Gather', [neurons, own], { axis: 0 })),
  );
  b.output('rows', rows, DataType.FLOAT, ['neurons', d]);
  return b.finish('neuron rows');
}
