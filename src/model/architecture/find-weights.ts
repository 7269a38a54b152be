import { Problem } from '../../core/problem';
import type { Checkpoint, StoredTensor } from '../checkpoint/checkpoint';
import { headlessClass } from './check-config';
import { configFile } from '../checkpoint/folder-config';
import { PARTS_OF_LAYERS, partOfLayer } from '../checkpoint/layer-parts';
import { BLOCKS, type Permuted } from '../checkpoint/storage';
import { NOT_AS_STORED } from '../checkpoint/torch/rebuild';
import {
  isMixture,
  type BottleneckSpec,
  type FeedForwardSpec,
  type LinearSpec,
  type MatrixSpec,
  type ModelSpec,
  type NormSpec,
  type TableSpec,
  type VectorSpec,
} from './model-spec';
import { nameInFile, storedTensor } from './stacked-tensors';

/** A tensor that a model needs, in the shape in which it must be stored. */
interface Requirement {
  readonly tensor: string;
  readonly shape: readonly number[];
  /** present where it is stored in another order of axes */
  readonly permuted?: Permuted;
}

const ofTable = ({ tensor, rows, width }: TableSpec): Requirement => ({ tensor, shape: [rows, width] });
const ofVector = ({ tensor, length, part, shape }: VectorSpec): Requirement => ({ tensor, shape: shape ?? [part?.of ?? length] });

function ofMatrix({ tensor, layout, inputs, outputs, part, permuted }: MatrixSpec): Requirement[] {
  const stored = part?.of ?? outputs;
  if (inputs * stored === 0) return [];
  return [{ tensor, shape: layout === 'in_out' ? [inputs, stored] : [stored, inputs], ...(permuted && { permuted }) }];
}

const ofLinear = ({ weight, bias }: LinearSpec) => [...ofMatrix(weight), ...(bias ? [ofVector(bias)] : [])];
const ofLinears = (layers: readonly (LinearSpec | undefined)[]) => layers.flatMap((layer) => (layer ? ofLinear(layer) : []));
const ofNorms = (norms: readonly (NormSpec | undefined)[]) =>
  norms.flatMap((norm) => [norm?.gain, norm?.bias].flatMap((vector) => (vector ? [ofVector(vector)] : [])));

const ofBottlenecks = (bottlenecks: readonly (BottleneckSpec | undefined)[]) =>
  bottlenecks.flatMap((bottleneck) => (bottleneck ? [...ofLinear(bottleneck.layer), ...ofNorms([bottleneck.norm])] : []));

function ofFeedForward(mlp: FeedForwardSpec): Requirement[] {
  if (isMixture(mlp)) {
    const { router, experts, shared } = mlp;
    return [
      ...ofLinear(router.layer),
      ...(router.correction ? [ofVector(router.correction)] : []),
      ...ofLinears([shared?.gate]),
      ...[...experts, ...(shared ? [shared.mlp] : [])].flatMap(ofFeedForward),
    ];
  }
  const { activation, gate, up, down } = mlp;
  const numbers =
    typeof activation === 'string' || activation.kind === 'swish' ? [] : [activation.positive, activation.negative, activation.beta];
  return [...ofLinears([gate, up, down]), ...numbers.map(ofVector)];
}

/** Every tensor that a model reads, each name once. */
function requiredTensors(spec: ModelSpec): Requirement[] {
  const { embedding, blocks, unembedding } = spec;
  const all = [
    ofTable(embedding.tokens),
    ...(embedding.positions && 'tensor' in embedding.positions ? [ofTable(embedding.positions)] : []),
    ...ofLinears([embedding.projection]),
    ...ofNorms([embedding.norm]),
    ...blocks.flatMap(({ ln1, ln1Post, attention, ln2, ln2Post, mlp }) => [
      ...ofNorms([ln1, ln1Post, ln2, ln2Post, ...(attention.qNorm ?? []), ...(attention.kNorm ?? [])]),
      ...ofLinears([attention.q, attention.k, attention.v, attention.o, attention.sharedKey]),
      ...ofBottlenecks([attention.qBottleneck, attention.kvBottleneck]),
      ...(attention.sinks ? [ofVector(attention.sinks)] : []),
      ...ofFeedForward(mlp),
    ]),
    ...ofNorms([unembedding.norm]),
    ...ofLinears([unembedding.projection, unembedding.table]),
  ];
  return [...new Map(all.map((requirement) => [requirement.tensor, requirement])).values()];
}

/**
 * Finds every tensor of a model in its checkpoint, in the shape that the config promises. What else the checkpoint holds
 * is left out.
 *
 * @throws Problem `weights-missing` naming tensors that are not there, `weights-invalid` naming the first that has another
 *   shape or storage type, and what is needed
 */
export function findWeights(spec: ModelSpec, checkpoint: Checkpoint): ReadonlyMap<string, StoredTensor> {
  const found = new Map<string, StoredTensor>();
  const missing: string[] = [];
  for (const { tensor, shape: needed, permuted } of requiredTensors(spec)) {
    const shape = permuted?.shape ?? needed;
    const location = storedTensor(checkpoint.tensors, tensor);
    const otherType = otherTypeOf(tensor, location === undefined, checkpoint);
    if (otherType !== undefined) throw unusable(tensor, otherType, checkpoint);
    else if (location === undefined) {
      missing.push(tensor);
    } else if (location.shape.length !== shape.length || location.shape.some((size, axis) => size !== shape[axis])) {
      throw new Problem(
        'weights-invalid',
        `${tensor} in ${checkpoint.name} has shape [${location.shape.join(', ')}] where ${configFile(checkpoint.config)} implies [${shape.join(', ')}].`,
        `Make sure that ${configFile(checkpoint.config)} and the weights belong to the same model.`,
      );
    } else {
      found.set(tensor, permuted ? reordered(location, needed, permuted) : location);
      for (const part of location.update ? [location.update.down, location.update.up] : []) {
        const matrix = storedTensor(checkpoint.tensors, part);
        if (matrix) found.set(part, matrix);
      }
    }
  }
  if (missing.length > 0) throw missingWeights(missing, spec, checkpoint);
  return found;
}

/** The type of a tensor that cannot be used, or of one that holds a part of it where there is no whole; undefined where neither is there. */
function otherTypeOf(tensor: string, isMissing: boolean, { skipped }: Checkpoint): string | undefined {
  const own = skipped.get(nameInFile(tensor));
  if (own !== undefined || !isMissing) return own?.dtype;
  return PARTS_OF_LAYERS.map((part) => skipped.get(partOfLayer(tensor, part))).find((part) => part !== undefined)?.dtype;
}

/** What is wrong with a tensor whose numbers are of a type, or in an order, that is not multiplied with. */
function unusable(tensor: string, dtype: string, { name, tokenizer }: Checkpoint): Problem {
  if (tokenizer.kind === 'gguf') {
    return new Problem(
      'weights-invalid',
      `${tensor} in ${name} is stored as ${dtype}, which cannot be read.`,
      `Choose another GGUF file of this model: ${['F32', 'F16', 'BF16', ...Object.keys(BLOCKS)].join(', ')} can be read.`,
    );
  }
  return new Problem('weights-invalid', `${tensor} in ${name} is stored as ${dtype}, where F32, F16 or BF16 is needed.`, hintFor(dtype));
}

function hintFor(dtype: string): string {
  if (dtype === 'F64')
    return 'Save it in single precision: AutoModelForCausalLM.from_pretrained(folder, dtype="float32").save_pretrained(folder).';
  if (dtype.endsWith(NOT_AS_STORED))
    return 'Save it as it is meant, in Python: torch.save({name: tensor.resolve_neg().contiguous() for name, tensor in torch.load(file).items()}, file).';
  if (dtype.startsWith('C')) return 'Complex numbers are not computed with: the file is damaged, or of a model of another kind.';
  return 'If the model is quantised, nothing beside its weights says how (quantization_config in config.json): fetch all of its files, or use the original, before quantisation.';
}

/** A tensor that graphs put in order. @throws Problem `weights-invalid` for one in blocks, whose numbers cannot be reordered */
function reordered(tensor: StoredTensor, shape: readonly number[], permuted: Permuted): StoredTensor {
  const { storage } = tensor;
  if (storage.kind === 'dense') return { ...tensor, shape, storage: { ...storage, permuted } };
  throw new Problem(
    'weights-invalid',
    `${tensor.name} is stored as ${storage.dtype}, whose axes cannot be put in another order.`,
    'Choose the original model, before quantisation.',
  );
}

/** Why tensors are not there: every file of weights has been read by now, so that the reason is what they hold. */
function missingWeights(missing: readonly string[], spec: ModelSpec, { name, config, tensors }: Checkpoint): Problem {
  const problem = (message: string, hint: string): Problem => new Problem('weights-missing', message, hint);
  const lacks = `${name} lacks weights: ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}.`;
  const names = [...tensors.keys()];
  if (names.length > 0 && names.every((tensor) => /\.(lora_|ia3_|prompt_)/.test(tensor))) {
    return problem(
      `${name} holds only an adapter (${names[0]}, …), not the model that it changes.`,
      'Merge it into its base model, or choose that model.',
    );
  }
  if (missing.every((tensor) => tensor === spec.unembedding.table.weight.tensor)) {
    const head = names.find((tensor) => /(^|\.)(score|classifier|reward_head|v_head|value_head|regression_head)\./.test(tensor));
    const written = headlessClass(config);
    return problem(
      `${name} has no unembedding (${missing[0]}): it is ${head ? `a model that scores or classifies texts (it holds ${head})` : 'a model without a head that predicts tokens'}${written ? `, saved as ${written}` : ''}.`,
      'Choose the checkpoint of the language model that it was made from.',
    );
  }
  const prefix = names.find((tensor) => tensor.endsWith(`.${missing[0]}`))?.slice(0, -missing[0].length);
  if (prefix !== undefined && missing.every((tensor) => tensors.has(`${prefix}${tensor}`))) {
    return problem(
      `The weights of ${name} are named with “${prefix}” in front (${prefix}${missing[0]}), which models of type ${spec.family} do not have.`,
      'Save the model itself instead of what it was wrapped in, or rename the tensors.',
    );
  }
  return problem(
    lacks,
    `${configFile(config)} describes them, and no file of the model holds them: make sure that both belong together. It holds ${names.slice(0, 3).join(', ') || 'no weights'}${names.length > 3 ? ', …' : ''}.`,
  );
}
