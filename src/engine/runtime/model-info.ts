import type { ModelInfo } from '../../core/format/flow-graph';
import type { DescribedModel } from '../../model/architecture/registry';
import { expertWidth, isMixture, type ModelSpec } from '../../model/architecture/model-spec';
import { isQuantised, storageName } from '../../model/checkpoint/storage';

/** The mixtures of a model, which are all alike; nothing where there are none. */
function expertsOf({ blocks }: ModelSpec): Pick<ModelInfo, 'experts'> {
  const mixtures = blocks.flatMap(({ mlp }, layer) => (isMixture(mlp) ? [{ mlp, layer }] : []));
  const first = mixtures[0]?.mlp;
  if (first === undefined) return {};
  const { experts, router, shared } = first;
  const dense = blocks.find(({ mlp }) => !isMixture(mlp));
  return {
    experts: {
      count: experts.length,
      chosen: router.chosen,
      dMlp: expertWidth(experts[0]),
      ...(shared && { shared: expertWidth(shared.mlp) }),
      ...(router.scores === 'sigmoid' && { scores: router.scores }),
      ...(router.weighting === 'input' && { scored: router.weighting }),
      layers: mixtures.map(({ layer }) => layer),
      ...(dense && { dense: dense.mlp.dMlp }),
    },
  };
}

/** Dimensions and provenance. Shared weights count once, and tensors that the model does not read do not count. */
export function modelInfo(name: string, { spec, weights, report, adapted }: DescribedModel): ModelInfo {
  const { attention } = spec.blocks[0];
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
    dMlp: Math.max(...spec.blocks.map(({ mlp }) => mlp.dMlp)),
    ...expertsOf(spec),
    ...(attention.sinks && { sinks: true as const }),
    vocabSize: spec.vocabSize,
    contextLength: spec.contextLength,
    parameters: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
    dtype: [...new Set(tensors.map(({ storage }) => storageName(storage)))].join('+'),
    ...(tensors.some(({ storage }) => isQuantised(storage)) && { dequantised: true as const }),
    ...(adapted && { adapter: adapted.info }),
    ...(warnings.length > 0 && { warnings }),
  };
}
