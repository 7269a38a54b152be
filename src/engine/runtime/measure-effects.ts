/** What a quantity becomes when components are changed, each by itself. */
import type { CallContext } from '../../core/call-context';
import { stopIfCancelled } from '../../core/cancel';
import type { Quantity, QuantityAt } from '../../core/pass/gradients';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import { joined, rowOf } from '../../core/pass/vector';
import { planEach, runEachEdit, type LoneEdit, type PassIntervention } from '../interventions/intervene';
import type { ModelGraphs } from '../onnx/model-graphs';
import { notFinite } from './gradients';
import { logitsOf } from './lens';

/** How a pass ends. */
export interface PassEnd {
  /** the quantity */
  readonly value: number;
  /** [d] the final stream at its position */
  readonly final: Float32Array;
}

/** How the pass itself ends, and how it does with each of some changes alone. */
export interface MeasuredEnds {
  readonly ordinary: PassEnd;
  readonly changed: readonly PassEnd[];
}

/**
 * How a pass ends with each of these changes alone. Blocks below a change are not run again for it, and no positions after the one
 * where the quantity is read off. Several changes share a run: each has its copy of the prompt, which joins at its block.
 *
 * @param copies how many of them at most
 * @throws Problem `position-out-of-range`, `cancelled` between blocks, `out-of-memory`, `weights-invalid`
 */
export async function measureEach(
  graphs: ModelGraphs,
  pass: InspectablePass,
  changes: readonly PassIntervention[],
  { at, copies }: { readonly at: QuantityAt; readonly copies: number },
  context: CallContext,
): Promise<MeasuredEnds> {
  const { dModel: d, blocks } = graphs.spec;
  const silent: CallContext = { signal: context.signal, report: () => undefined };
  const edits = await planEach(graphs, changes, { length: pass.tokens.length, studied: at.position }, silent);
  const finals: Float32Array[] = [rowOf(pass.stream[blocks.length], at.position, d).slice()];
  for (let from = 0; from < edits.length; from += copies) {
    const together = edits.slice(from, from + copies);
    const [first, last] = [from + 1, from + together.length];
    const message = `${first === last ? `Effect ${first}` : `Effects ${first} to ${last}`} of ${edits.length}`;
    const ends = await runTogether(graphs, pass, together, at.position + 1, {
      signal: context.signal,
      report: ({ done, total = 1 }) => {
        context.report({ message, done: from + (together.length * done) / total, total: edits.length });
      },
    });
    together.forEach(({ index }, i) => (finals[index + 1] = ends[i]));
  }
  stopIfCancelled(context);
  const values = await quantitiesOf(graphs, finals, at.of);
  const [ordinary, ...changed] = finals.map((final, i): PassEnd => ({ value: values[i], final }));
  return { ordinary, changed };
}

/** [d] each: the final streams at the last of n positions, in the order of the edits, which is by rising layer. */
async function runTogether(
  graphs: ModelGraphs,
  pass: InspectablePass,
  edits: readonly LoneEdit[],
  n: number,
  context: CallContext,
): Promise<Float32Array[]> {
  const { dModel: d, blocks } = graphs.spec;
  const T = pass.tokens.length;
  let stream: Float32Array = new Float32Array(0);
  for (let layer = edits[0].layer; layer < blocks.length; layer++) {
    stopIfCancelled(context);
    context.report({ message: '', done: layer - edits[0].layer, total: blocks.length - edits[0].layer });
    const [joining, running] = [edits.filter((edit) => edit.layer === layer), stream.length / (n * d)];
    const parts: Float32Array[] = [];
    if (running > 0) {
      const feeds = graphs.entering(layer, 'run', stream, T, running);
      parts.push((await graphs.block(layer, 'run', (run) => run(feeds))).floats('resid_post'));
    }
    if (joining.length > 0) {
      const entering = pass.stream[layer].subarray(0, n * d);
      const ofLayer = joining.map(({ edit }) => edit);
      parts.push(await runEachEdit(graphs, layer, entering, ofLayer, T));
    }
    stream = parts.length === 1 ? parts[0] : joined(parts);
  }
  return edits.map((_, i) => rowOf(stream, (i + 1) * n - 1, d).slice());
}

/** A quantity of final streams [d] each. @throws Problem `weights-invalid` when one is not a finite number */
async function quantitiesOf(graphs: ModelGraphs, finals: readonly Float32Array[], of: Quantity): Promise<number[]> {
  const all = await logitsOf(graphs, joined(finals));
  return finals.map((_, i) => {
    const value = quantityOf(rowOf(all, i, graphs.spec.vocabSize), of);
    if (!Number.isFinite(value)) throw notFinite('the logits');
    return value;
  });
}

function quantityOf(logits: Float32Array, of: Quantity): number {
  const logit = logits[of.id];
  switch (of.kind) {
    case 'logit':
      return logit;
    case 'difference':
      return logit - logits[of.against];
    case 'centred-logit':
      return logit - logits.reduce((sum, x) => sum + x, 0) / logits.length;
    case 'log-probability': {
      const largest = logits.reduce((a, b) => Math.max(a, b));
      return logit - largest - Math.log(logits.reduce((sum, x) => sum + Math.exp(x - largest), 0));
    }
  }
}
