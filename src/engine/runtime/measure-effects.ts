/** What a quantity becomes when components are changed, each by itself. */
import type { CallContext } from '../../core/call-context';
import type { QuantityAt } from '../../core/pass/gradients';
import { planEdits, runEdited, type PassIntervention } from '../interventions/intervene';
import type { ModelGraphs } from '../onnx/model-graphs';
import type { ForwardPass } from './forward-pass';
import { quantityAt } from './gradients';

/** How a pass ends. */
export interface PassEnd {
  /** the quantity */
  readonly value: number;
  /** [d] the final stream at its position */
  readonly final: Float32Array;
}

/** How the pass itself ends. @throws Problem `out-of-memory`, `weights-invalid` */
export async function endOf(graphs: ModelGraphs, stream: readonly Float32Array[], at: QuantityAt): Promise<PassEnd> {
  const { dModel: d, blocks } = graphs.spec;
  const { value } = await quantityAt(graphs, stream, at);
  return { value, final: stream[blocks.length].slice(at.position * d, (at.position + 1) * d) };
}

/**
 * How a pass ends with each of these changes alone. Blocks below a change are not run again, and no positions after the one where
 * the quantity is read off.
 *
 * @throws Problem `position-out-of-range`, `cancelled` between blocks, `out-of-memory`, `weights-invalid`
 */
export async function measureEach(
  graphs: ModelGraphs,
  pass: ForwardPass,
  changes: readonly PassIntervention[],
  at: QuantityAt,
  context: CallContext,
): Promise<PassEnd[]> {
  const ends: PassEnd[] = [];
  const silent: CallContext = { signal: context.signal, report: () => undefined };
  for (const [i, change] of changes.entries()) {
    context.report({ message: `Effect ${i + 1} of ${changes.length}`, done: i, total: changes.length });
    const edits = await planEdits(graphs, [change], { length: pass.tokens.length, studied: at.position }, silent);
    ends.push(await endOf(graphs, await runEdited(graphs, pass, edits, silent, at.position + 1), at));
  }
  return ends;
}
