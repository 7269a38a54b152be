/** Whether what is to be off of an adapter is there to be switched off. */
import { ADAPTED_MATRICES, MATRIX_NAMES } from '../../core/format/adapted';
import { ADAPTER_EXAMPLES, type AdapterPart } from '../../core/format/adapter-part';
import { componentInWords, partName, type Component } from '../../core/format/component';
import type { ModelInfo } from '../../core/format/flow-graph';
import type { Intervention } from '../../core/format/intervention';
import { Problem } from '../../core/problem';

/**
 * @param taken names of what is changed already
 * @throws Problem `no-such-component` for what the adapter does not update, `bad-request` for what cannot be done with it, or is done twice
 */
export function checkAdapterPart(
  component: AdapterPart & Pick<Component, 'positions'>,
  mode: Intervention['mode'],
  info: ModelInfo,
  taken: Pick<Set<string>, 'has'>,
): void {
  const [name, words] = [partName(component), componentInWords(component)];
  const { adapter } = info;
  if (adapter === undefined) {
    throw new Problem(
      'no-such-component',
      `There is no ${name}: ${info.name} has no adapter.`,
      'Open an adapter, or change another component.',
    );
  }
  if (mode !== 'zero')
    throw new Problem(
      'bad-request',
      `An adapter changes weights, which are the same in every prompt: ${words} can only be switched off.`,
      'Switch it off, or replace a head, layer or neuron instead.',
    );
  if (component.positions !== undefined)
    throw new Problem(
      'bad-request',
      `An adapter is off at all positions: ${words} cannot be switched off at some.`,
      'Leave out the positions.',
    );
  const { layer, of } = component;
  if (layer === null) return checkOnce(component, taken);
  const matrices = MATRIX_NAMES.filter((name) => of === 'block' || name === of || ADAPTED_MATRICES[name] === of);
  if (!adapter.matrices.some(({ matrix, layers }) => matrices.includes(matrix) && layers.includes(layer))) {
    const updated = [...new Set(adapter.matrices.map(({ matrix }) => matrix))].join(', ');
    throw new Problem(
      'no-such-component',
      `There is no ${name}: the adapter updates nothing there.`,
      `It updates ${updated}. Names look like ${ADAPTER_EXAMPLES}.`,
    );
  }
  checkOnce(component, taken);
}

function checkOnce(component: AdapterPart, taken: Pick<Set<string>, 'has'>): void {
  const name = partName(component);
  if (taken.has(name)) throw new Problem('bad-request', `${name} is changed twice.`, 'Name each component only once.');
}
