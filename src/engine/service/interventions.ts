import { componentInWords, componentName, parseComponent, type Component } from '../../core/format/component';
import type { Intervention } from '../../core/format/intervention';
import { Problem } from '../../core/problem';
import { readPrompt } from './prompt';
import type { OpenModel, Prompt } from './runnable-model';

/** A component that this model has, and the prompt whose value it is to have; null: it is switched off. */
export interface AskedIntervention {
  readonly component: Component;
  readonly from: Prompt | null;
}

/** What is changed of a model while a prompt runs. */
export interface Changes {
  readonly interventions: readonly AskedIntervention[];
  /** where sources of heads are changed */
  readonly position: number;
}

/**
 * Checks interventions against the model, the prompt and the position under study; undefined where there are none.
 *
 * @throws Problem `no-such-component`, `bad-request` when a component is named twice, and what is wrong with a prompt
 */
export function readInterventions(
  interventions: readonly Intervention[] | undefined,
  prompt: Prompt,
  position: number,
  open: OpenModel,
): Changes | undefined {
  if (interventions === undefined || interventions.length === 0) return undefined;
  const seen = new Set<string>();
  const asked = interventions.map((intervention): AskedIntervention => {
    const component = parseComponent(intervention.component);
    checkExists(component, position, open);
    const name = componentName(component);
    if (seen.has(name)) throw new Problem('bad-request', `${name} is changed twice.`, 'Name each component only once.');
    seen.add(name);
    const from =
      intervention.mode === 'zero'
        ? null
        : readPrompt(intervention.from, open, `The prompt that ${componentInWords(component)} is taken from`);
    if (from) checkCounterpart(component, prompt, from);
    return { component, from };
  });
  return { interventions: asked, position };
}

function checkExists(component: Component, position: number, { model: { info } }: OpenModel): void {
  const check = (value: number, count: number, what: 'layer' | 'neuron' | 'head' | 'position', has: string): void => {
    if (value < count) return;
    const those = count === 1 ? `${what} 0 only` : `${what}s 0 to ${count - 1}`;
    throw new Problem(
      'no-such-component',
      `There is no ${componentInWords(component)}: ${has} ${those}.`,
      count === 1 ? `Choose ${what} 0.` : `Choose one of these ${what}s.`,
    );
  };
  check(component.layer, info.nLayers, 'layer', `${info.name} has`);
  if (component.kind === 'neuron') check(component.neuron, info.dMlp, 'neuron', `layer ${component.layer} has`);
  if (component.kind === 'head' || component.kind === 'source') check(component.head, info.nHeads, 'head', `layer ${component.layer} has`);
  if (component.kind === 'source') check(component.source, position + 1, 'position', `the token at position ${position} reads`);
}

/** A source that the other prompt is too short for would be left as it is, without a word. */
function checkCounterpart(component: Component, { tokens }: Prompt, from: Prompt): void {
  if (component.kind !== 'source' || component.source >= tokens.length - from.tokens.length) return;
  throw new Problem(
    'no-such-component',
    `The prompt that ${componentInWords(component)} is taken from is too short: aligned from the end, none of its tokens (${from.tokens.length}) corresponds to position ${component.source}.`,
    'Use a longer prompt.',
  );
}
