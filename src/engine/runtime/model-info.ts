import type { ModelInfo } from '../../core/format/flow-graph';
import type { DescribedModel } from '../../model/architecture/registry';
import { isQuantised, storageName } from '../../model/checkpoint/storage';

/** Dimensions and provenance. Shared weights count once, and tensors that the model does not read do not count. */
export function modelInfo(name: string, { spec, weights, report }: DescribedModel): ModelInfo {
  const { attention, mlp } = spec.blocks[0];
  const warnings = report.notes.filter(({ kind }) => kind === 'warning').map(({ text }) => text);
  const tensors = [...weights.values()];
  return {
    name,
    family: spec.family,
    nLayers: spec.blocks.length,
    nHeads: attention.nHeads,
    nKeyValueHeads: attention.nKeyValueHeads,
    dModel: spec.dModel,
    dHead: attention.dHead,
    dMlp: mlp.dMlp,
    vocabSize: spec.vocabSize,
    contextLength: spec.contextLength,
    parameters: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
    dtype: [...new Set(tensors.map(({ storage }) => storageName(storage)))].join('+'),
    ...(tensors.some(({ storage }) => isQuantised(storage)) && { dequantised: true as const }),
    ...(warnings.length > 0 && { warnings }),
  };
}
