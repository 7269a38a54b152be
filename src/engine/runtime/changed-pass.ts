/** A pass run again with something changed in it: components, or what an adapter adds. */
import type { CallContext } from '../../core/call-context';
import type { QuantityAt } from '../../core/pass/gradients';
import { applied, planEdits, runEdited, type EditedPrompt, type PassEdits, type PassIntervention } from '../interventions/intervene';
import { adapterOff } from '../onnx/adapter-off';
import type { ModelGraphs } from '../onnx/model-graphs';
import type { ForwardPass } from './forward-pass';
import { quantityAt } from './gradients';
import { embedded } from './run-blocks';

/**
 * The pass of the same prompt with interventions; see `LoadedModel.intervene`.
 *
 * @param ordinary the graphs of the model as it is
 */
export async function changedPass(
  ordinary: ModelGraphs,
  pass: ForwardPass,
  interventions: readonly PassIntervention[],
  position: number,
  context: CallContext,
): Promise<ForwardPass> {
  const prompt = { length: pass.tokens.length, studied: position };
  const { graphs, edits, begun } = await beginning(ordinary, pass, interventions, prompt, context);
  const stream = await runEdited(graphs, begun, edits, context);
  return begun.edited({ graphs, stream, edits, interventions: applied(interventions, prompt) }, context);
}

/** A quantity with interventions; see `LoadedModel.measure`. */
export async function changedQuantity(
  ordinary: ModelGraphs,
  pass: ForwardPass,
  interventions: readonly PassIntervention[],
  at: QuantityAt,
  context: CallContext,
): Promise<number> {
  const prompt = { length: pass.tokens.length, studied: at.position };
  const { graphs, edits, begun } = await beginning(ordinary, pass, interventions, prompt, context);
  const stream = await runEdited(graphs, begun, edits, context, at.position + 1);
  return (await quantityAt(graphs, stream, at)).value;
}

/** The graphs without what is off of the adapter, what else is changed, and the prompt as it enters them. */
async function beginning(
  ordinary: ModelGraphs,
  pass: ForwardPass,
  interventions: readonly PassIntervention[],
  prompt: EditedPrompt,
  context: CallContext,
): Promise<{ readonly graphs: ModelGraphs; readonly edits: PassEdits; readonly begun: ForwardPass }> {
  const off = adapterOff(interventions.flatMap(({ component }) => (component.kind === 'adapter' ? [component] : [])));
  const edits = await planEdits(ordinary, interventions, prompt, context);
  const graphs = off === undefined ? ordinary : ordinary.without(off);
  const begun = graphs.embedsAlike ? pass : pass.embeddedBy(graphs, await embedded(graphs, pass.tokens));
  return { graphs, edits, begun };
}
