import { adapterInfo, unadapted, type UnadaptedModel } from './adapted';
import type { AdapterInfo } from '../../core/format/adapter-info';
import { Problem } from '../../core/problem';
import type { Checkpoint, StoredTensor } from '../checkpoint/checkpoint';
import { described } from './description/described';
import { bloom } from './families/bloom';
import { falcon } from './families/falcon';
import type { Config, Family } from './family';
import { findWeights } from './find-weights';
import { gemma } from './families/gemma';
import { gemma2 } from './families/gemma2';
import { gemma3 } from './families/gemma3';
import { gptBigCode } from './families/gpt-bigcode';
import { gptNeo } from './families/gpt-neo';
import { gptOss } from './families/gpt-oss';
import { gptNeox } from './families/gpt-neox';
import { gpt2 } from './families/gpt2';
import { gptj } from './families/gptj';
import { granite } from './families/granite';
import { graniteMoe, graniteMoeShared } from './families/granitemoe';
import { llama } from './families/llama';
import { llama4 } from './families/llama4';
import { mistral } from './families/mistral';
import { qwen3Moe } from './families/qwen3-moe';
import { qwen2Moe } from './families/qwen2-moe';
import { olmoe } from './families/olmoe';
import { exaoneMoe } from './families/exaone-moe';
import { ernie45Moe } from './families/ernie4-5-moe';
import { hunyuanMoe } from './families/hunyuan-v1-moe';
import { minimaxM2 } from './families/minimax-m2';
import { mixtral } from './families/mixtral';
import { olmo } from './families/olmo';
import { olmo2 } from './families/olmo2';
import { opt } from './families/opt';
import { phi } from './families/phi';
import { phi3 } from './families/phi3';
import { phimoe } from './families/phimoe';
import { qwen2 } from './families/qwen2';
import { qwen3 } from './families/qwen3';
import { smollm3 } from './families/smollm3';
import { stablelm } from './families/stablelm';
import { olmo3 } from './families/olmo3';
import { starcoder2 } from './families/starcoder2';
import { cohere } from './families/cohere';
import { cohere2 } from './families/cohere2';
import { glm } from './families/glm';
import { glm4 } from './families/glm4';
import { exaone4 } from './families/exaone4';
import { seedOss } from './families/seed-oss';
import { arcee } from './families/arcee';
import { ernie45 } from './families/ernie4-5';
import { helium } from './families/helium';
import { nemotron } from './families/nemotron';
import { ministral } from './families/ministral';
import { ministral3 } from './families/ministral3';
import { apertus } from './families/apertus';
import { hunyuanDense } from './families/hunyuan-v1-dense';
import { jais2 } from './families/jais2';
import { cwm } from './families/cwm';
import { vaultgemma } from './families/vaultgemma';
import { hyperclovax } from './families/hyperclovax';
import { internlm3 } from './families/internlm3';
import { iquestcoder } from './families/iquestcoder';
import { nanochat } from './families/nanochat';
import { persimmon } from './families/persimmon';
import { codegen } from './families/codegen';
import { mpt } from './families/mpt';
import { xglm } from './families/xglm';
import { biogpt } from './families/biogpt';
import { openaiGpt } from './families/openai-gpt';
import { gptNeoxJapanese } from './families/gpt-neox-japanese';
import { deepseekV2 } from './families/deepseek-v2';
import { deepseekV3 } from './families/deepseek-v3';
import { flexOlmo } from './families/flex-olmo';
import { solarOpen } from './families/solar-open';
import { dots1 } from './families/dots1';
import { glm4Moe } from './families/glm4-moe';
import { glm4MoeLite } from './families/glm4-moe-lite';
import { minicpm3 } from './families/minicpm3';
import { youtu } from './families/youtu';
import { unsupportedKind } from './unsupported';
import { quantisationOf, whyUnreadable } from '../checkpoint/quantised/methods';
import { checkArithmetic } from './check-config';
import { wrapperTypes } from '../checkpoint/text-model';
import type { ModelReport } from '../../core/protocol/model-report';
import { reportOf } from './model-report';
import { recorded } from './recorded';
import { asStored } from './stored-forms';
import { withStoredHead } from './stored-head';
import type { ModelSpec } from './model-spec';

/** Every family that can be run: one file and one line each. */
const FAMILIES: readonly Family[] = [
  apertus,
  arcee,
  biogpt,
  bloom,
  codegen,
  cohere,
  cohere2,
  cwm,
  deepseekV2,
  deepseekV3,
  dots1,
  ernie45,
  exaone4,
  exaoneMoe,
  ernie45Moe,
  falcon,
  flexOlmo,
  gemma,
  gemma2,
  gemma3,
  glm,
  glm4,
  glm4Moe,
  glm4MoeLite,
  gpt2,
  gptBigCode,
  gptj,
  gptNeo,
  gptNeox,
  gptNeoxJapanese,
  gptOss,
  granite,
  graniteMoe,
  graniteMoeShared,
  helium,
  hunyuanDense,
  hunyuanMoe,
  minimaxM2,
  hyperclovax,
  internlm3,
  iquestcoder,
  jais2,
  llama,
  llama4,
  minicpm3,
  ministral,
  ministral3,
  mistral,
  mixtral,
  mpt,
  nanochat,
  nemotron,
  olmo,
  olmo2,
  olmo3,
  olmoe,
  openaiGpt,
  opt,
  persimmon,
  phi,
  phi3,
  phimoe,
  qwen2,
  qwen2Moe,
  qwen3,
  qwen3Moe,
  seedOss,
  smollm3,
  solarOpen,
  stablelm,
  starcoder2,
  vaultgemma,
  xglm,
  youtu,
];

/** `model_type` of every family that can be run. */
export const modelTypes: readonly string[] = FAMILIES.map(({ modelType }) => modelType);

/**
 * The family of a model, judged from its config.json alone.
 *
 * @throws Problem `unknown-architecture`
 */
export function familyOf({ name, config }: Pick<Checkpoint, 'name' | 'config'>): Family {
  const modelType = config['model_type'];
  const family = [...FAMILIES, described].find((candidate) => candidate.modelType === modelType);
  if (family !== undefined) return family;
  const works = `Supported families: ${modelTypes.join(', ')}.`;
  if (typeof modelType !== 'string') {
    throw new Problem('unknown-architecture', `config.json of ${name} names no model_type.`, works);
  }
  const kind = unsupportedKind(config);
  throw new Problem(
    'unknown-architecture',
    `${name} is a "${modelType}" model, which is not supported${kind ? `: it is ${kind}` : ''}.`,
    works,
  );
}

/**
 * What speaks against running a model, as far as its config tells without its weights: the end of the sentence “… is”, or null where nothing
 * does. A model of images and text is judged by its language model, if config.json says which that is.
 */
export function whyNot(config: Config): string | null {
  const { model_type: modelType } = config;
  if (typeof modelType !== 'string') return null;
  const quantisation = quantisationOf(config);
  const unreadable = quantisation && whyUnreadable(quantisation);
  if (typeof unreadable === 'string') return `quantised${unreadable}`;
  if (modelTypes.includes(modelType) || wrapperTypes.includes(modelType)) return null;
  return unsupportedKind(config) ?? 'of a family that is not supported';
}

/** A model, and where its weights lie. */
export interface DescribedModel {
  readonly spec: ModelSpec;
  /** where an adapter is applied: the model without it, and what the adapter changes */
  readonly adapted?: { readonly base: UnadaptedModel; readonly info: AdapterInfo };
  /** the tensors that the model reads, and no others */
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** what of the checkpoint is honoured, and what nothing reads */
  readonly report: ModelReport;
}

/**
 * Describes the model in a checkpoint, and makes sure that the checkpoint holds it.
 *
 * @throws Problem `unknown-architecture`, `config-invalid`, `weights-missing` or `weights-invalid`
 */
export function describeModel(checkpoint: Checkpoint): DescribedModel {
  const described = describeTensors(checkpoint);
  const { withoutAdapter, adapter } = checkpoint;
  if (withoutAdapter === undefined) return described;
  const base = unadapted(describeTensors({ ...checkpoint, ...withoutAdapter }), described.weights);
  const halves = new Set([...described.weights.values()].flatMap(({ update }) => (update ? [update.down, update.up] : [])));
  const replaced = [...described.weights.keys()].filter(
    (name) => !halves.has(name) && withoutAdapter.tensors.get(name)?.storage !== checkpoint.tensors.get(name)?.storage,
  );
  const info = adapterInfo(adapter, described.spec, described.weights, replaced);
  return info === undefined ? described : { ...described, adapted: { base, info } };
}

/** The same of its tensors as they are. */
function describeTensors(checkpoint: Checkpoint): DescribedModel {
  const family = familyOf(checkpoint);
  const { config, read } = recorded(checkpoint.config);
  const stored = (tensor: string): boolean => checkpoint.tensors.has(tensor) || checkpoint.skipped.has(tensor);
  const described = family.describe(config, stored);
  checkArithmetic(checkpoint, read);
  const { spec, notes } = withStoredHead(asStored(described, checkpoint.tensors), checkpoint);
  const weights = findWeights(spec, checkpoint);
  return { spec, weights, report: reportOf(checkpoint, family, read, weights, [...(checkpoint.notes ?? []), ...notes]) };
}
