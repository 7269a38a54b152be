/** The other prompts that an input takes values from: those of patches and means, and those that effects are against. */
import type { Intervention } from '../../core/format/intervention';
import type { BaselineInput, PromptInput } from '../../core/protocol/engine-inputs';
import { assertNever } from '../../core/problem';

/** UTF-16 units that are left out at the start of a text. */
type OffsetOf = (text: string) => number;

type Asked = Extract<Intervention, { readonly mode: 'patch' }>['from'];

/** The texts that an intervention takes values from. */
export function textsOfIntervention(intervention: Intervention): readonly string[] {
  switch (intervention.mode) {
    case 'zero':
      return [];
    case 'patch':
      return texts([intervention.from]);
    case 'mean':
      return texts(intervention.over);
    default:
      return assertNever(intervention);
  }
}

/** The texts that effects are against. */
export function textsOfBaseline(baseline: BaselineInput): readonly string[] {
  switch (baseline.baseline) {
    case 'zero':
      return [];
    case 'twin':
      return texts([baseline.prompt]);
    case 'mean':
      return texts(baseline.prompts);
    default:
      return assertNever(baseline);
  }
}

/** An intervention whose texts are cut: aligned from the end, they lose nothing that has a partner. */
export function cutIntervention(intervention: Intervention, offsetOf: OffsetOf): Intervention {
  switch (intervention.mode) {
    case 'zero':
      return intervention;
    case 'patch':
      return { ...intervention, from: cut(intervention.from, offsetOf) };
    case 'mean':
      return { ...intervention, over: intervention.over.map((prompt) => cut(prompt, offsetOf)) };
    default:
      return assertNever(intervention);
  }
}

/** The same of what effects are against. */
export function cutBaseline(baseline: BaselineInput, offsetOf: OffsetOf): BaselineInput {
  switch (baseline.baseline) {
    case 'zero':
      return baseline;
    case 'twin':
      return { ...baseline, prompt: cut(baseline.prompt, offsetOf) };
    case 'mean':
      return { ...baseline, prompts: baseline.prompts.map((prompt) => cut(prompt, offsetOf)) };
    default:
      return assertNever(baseline);
  }
}

function texts(prompts: readonly PromptInput[]): readonly string[] {
  return prompts.flatMap((prompt) => ('text' in prompt ? [prompt.text] : []));
}

function cut<P extends PromptInput | Asked>(prompt: P, offsetOf: OffsetOf): P | { text: string } {
  return 'text' in prompt ? { text: prompt.text.slice(offsetOf(prompt.text)) } : prompt;
}
