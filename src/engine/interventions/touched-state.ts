import type { BlockState, TouchedBlock } from '../../core/pass/inspectable-pass';
import { rowOf } from '../../core/pass/vector';
import type { BlockEdit } from './block-edit';

/**
 * The state of an edited block as a graph shows it: what no longer takes part in a sum has weight 0 in it, and a
 * patched value is a summand of its own.
 *
 * @param state as the edited graph computed it; `pattern` [H,T]
 */
export function touchedState(state: BlockState, edit: BlockEdit, position: number): BlockState {
  const changed = edit.changedAt(position);
  if (changed.length === 0) return state;
  const modeOf = (kind: 'attention' | 'mlp') => changed.find(({ component }) => component.kind === kind)?.mode;
  const [attention, mlp] = [modeOf('attention'), modeOf('mlp')];
  const heads = state.headOut.length / state.residPre.length;
  const T = state.pattern.length / heads;

  const pattern = state.pattern.slice();
  const weights = state.pattern.slice();
  for (const { head, source, patched } of edit.sourcesAt(position)) {
    // A patched value is shown with the probability that it had on its own prompt.
    if (patched) pattern[head * T + source] = patched.attention;
    weights[head * T + source] = patched ? patched.attention : 0;
  }
  const putHeads = new Map<number, Float32Array>();
  for (const { component, mode } of changed) {
    if (component.kind !== 'head') continue;
    rowOf(weights, component.head, T).fill(0);
    if (mode === 'patch' && !attention) putHeads.set(component.head, rowOf(state.headOut, component.head, state.residPre.length));
  }
  if (attention) weights.fill(0);
  const touched: TouchedBlock = {
    changed,
    weights,
    putHeads,
    ...(attention === 'patch' && { putAttention: state.attnOut }),
    ...(mlp === 'patch' && { putMlp: state.mlpOut }),
  };
  return {
    ...state,
    pattern,
    touched,
    ...(attention && { z: new Float32Array(state.z.length), headOut: new Float32Array(state.headOut.length) }),
    ...(mlp && { mlpPost: new Float32Array(state.mlpPost.length) }),
  };
}
