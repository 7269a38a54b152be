/** The names of torch’s functions and classes that a pickle may mention. They are compared, and none is ever looked up. */

/** From a storage, the first of its numbers, shape and strides; the second is given a type as well. */
export const TENSOR_V2 = 'torch._utils._rebuild_tensor_v2';
export const TENSOR_V3 = 'torch._utils._rebuild_tensor_v3';
/** A tensor, and whether it is trained. */
export const PARAMETERS: ReadonlySet<string> = new Set(['torch._utils._rebuild_parameter', 'torch._utils._rebuild_parameter_with_state']);
/** Another function, a class, what the function is called with, and attributes that somebody gave to the tensor. */
export const WITH_ATTRIBUTES = 'torch._tensor._rebuild_from_type_v2';
/** Classes whose numbers are those of the tensor. */
export const CLASSES: ReadonlySet<string> = new Set(['torch.Tensor', 'torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer']);

/** Names that a file of tensors may use, beside those of types. */
export const DATA: ReadonlySet<string> = new Set([
  'collections.OrderedDict',
  'torch.Size',
  TENSOR_V2,
  TENSOR_V3,
  ...PARAMETERS,
  WITH_ATTRIBUTES,
  ...CLASSES,
]);

type OtherTensor = readonly [what: string, hint: string];

const QUANTISED: OtherTensor = ['a tensor that torch has quantised', 'Save it in numbers of its own in Python: tensor.dequantize().'];
const DENSE = 'Save it dense in Python: tensor.to_dense().';

/** Names of tensors of other kinds: what they are, and what can be done. */
export const OTHER_TENSORS: ReadonlyMap<string, OtherTensor> = new Map<string, OtherTensor>([
  ['torch._utils._rebuild_sparse_tensor', ['a sparse tensor', DENSE]],
  ['torch._utils._rebuild_sparse_csr_tensor', ['a sparse tensor', DENSE]],
  ['torch._utils._rebuild_nested_tensor', ['a nested tensor', 'Save its tensors one by one.']],
  ['torch._utils._rebuild_meta_tensor_no_storage', ['a tensor without numbers', 'Save the model after its weights were loaded.']],
  ['torch._utils._rebuild_qtensor', QUANTISED],
  [
    'torch._utils._rebuild_wrapper_subclass',
    ['a tensor of a class of its own', 'Save it as an ordinary tensor in Python: torch.Tensor(tensor).'],
  ],
  ...['QInt8', 'QUInt8', 'QInt32', 'QUInt4x2', 'QUInt2x4'].map((type) => [`torch.${type}Storage`, QUANTISED] as const),
  ...['ComplexDoubleStorage', 'complex128'].map(
    (type) => [`torch.${type}`, ['complex numbers in double precision', 'Choose a model of real numbers.']] as const,
  ),
]);
