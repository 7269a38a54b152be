import { Problem } from '../../../core/problem';
import type { PlainActivation } from '../model-spec';

/** The names that config.json uses for a non-linearity, and what each computes. */
const ACTIVATIONS: ReadonlyMap<string, PlainActivation> = new Map([
  ['gelu_new', 'gelu_tanh'],
  ['gelu_fast', 'gelu_tanh'],
  ['gelu_pytorch_tanh', 'gelu_tanh'],
  ['gelu', 'gelu'],
  ['gelu_python', 'gelu'],
  ['quick_gelu', 'quick_gelu'],
  ['relu', 'relu'],
  ['relu2', 'relu_squared'],
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['tanh', 'tanh'],
]);

/**
 * What a non-linearity computes, by its name.
 *
 * @param field the field of config.json that names it
 * @throws Problem `config-invalid` naming those that work
 */
export function activationOf(field: string, name: string): PlainActivation {
  const activation = ACTIVATIONS.get(name);
  if (activation === undefined) {
    throw new Problem(
      'config-invalid',
      `config.json: ${field} "${name}" is not supported.`,
      `Supported: ${[...ACTIVATIONS.keys()].join(', ')}.`,
    );
  }
  return activation;
}
