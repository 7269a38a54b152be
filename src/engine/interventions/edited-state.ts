import { containing, partName, type ExpertName, type InterventionMode } from '../../core/format/component';
import type { AdapterPart } from '../../core/format/adapter-part';
import type { AppliedIntervention } from '../../core/format/intervention';
import type { BlockState, ChangedComponent, PatchedExpert } from '../../core/pass/block-state';
import { rowOf } from '../../core/pass/vector';
import type { ReplacedExpert } from '../../core/pass/effects';
import type { BlockEdit } from './block-edit';

/**
 * The state of an edited block as a graph shows it: what no longer takes part in a sum has weight 0 in it, and a
 * patched value is a summand of its own.
 *
 * @param state as the edited graph computed it; `pattern` [H,T]
 */
export function editedState(state: BlockState, edit: BlockEdit, position: number): BlockState {
  const changed = edit.changedAt(position);
  if (changed.length === 0) return state;
  const modeOf = (kind: 'attention' | 'mlp') => changed.find(({ component }) => component.kind === kind)?.mode;
  const [whole, mlp] = [modeOf('attention'), modeOf('mlp')];
  const { attention } = state;
  const d = state.residPre.length;
  const heads = attention.headOut.length / d;
  const T = attention.pattern.length / heads;

  const pattern = attention.pattern.slice();
  const weights = attention.pattern.slice();
  for (const { head, source, patched } of edit.sourcesAt(position)) {
    // A patched value is shown with the probability that it had on its own prompt.
    if (patched) pattern[head * T + source] = patched.attention;
    weights[head * T + source] = patched ? patched.attention : 0;
  }
  const isReplaced = (mode: InterventionMode | undefined) => mode !== undefined && mode !== 'zero';
  const patchedHeads = new Map<number, Float32Array>();
  for (const { component, mode } of changed) {
    if (component.kind !== 'head') continue;
    rowOf(weights, component.head, T).fill(0);
    if (mode !== 'zero' && !whole) patchedHeads.set(component.head, rowOf(attention.headOut, component.head, d));
  }
  if (whole) weights.fill(0);
  return {
    ...state,
    changed,
    attention: {
      ...attention,
      pattern,
      weights,
      patchedHeads,
      ...(isReplaced(whole) && { patched: attention.out }),
      ...(whole && { z: new Float32Array(attention.z.length), headOut: new Float32Array(attention.headOut.length) }),
    },
    mlp: {
      ...state.mlp,
      ...(isReplaced(mlp) && { patched: state.mlp.out }),
      ...(mlp && { coefficients: new Float32Array(state.mlp.coefficients.length) }),
      ...(mlp && state.mlp.kind === 'experts' && { expertOut: new Float32Array(state.mlp.expertOut.length) }),
      ...(!mlp &&
        state.mlp.kind === 'experts' && { patchedExperts: patchedExperts(edit.expertsAt(position, state.mlp.experts), state.mlp.scale) }),
    },
  };
}

/** @param scale [d] what the layer's summands are multiplied with on their way to the stream */
function patchedExperts(replaced: readonly ReplacedExpert[], scale: Float32Array | undefined): ReadonlyMap<ExpertName, PatchedExpert> {
  return new Map(
    replaced.map(({ expert, yielded, ...how }) => [expert, { ...how, written: scale ? yielded.map((x, i) => x * scale[i]) : yielded }]),
  );
}

/** The updates of an adapter that are drawn of a block and are off, themselves or with what they are a part of. */
export function updatesOff(interventions: readonly AppliedIntervention[], layer: number): ChangedComponent[] {
  const names = new Set(interventions.filter(({ mode }) => mode === 'zero').map(({ component }) => component));
  const drawn: readonly AdapterPart[] = [
    { kind: 'adapter', layer, of: 'W_O' },
    { kind: 'adapter', layer, of: 'W_out' },
  ];
  return drawn
    .filter((part) => [part, ...containing(part)].some((each) => names.has(partName(each))))
    .map((component) => ({ component, mode: 'zero' }));
}
