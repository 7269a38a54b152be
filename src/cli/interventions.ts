/** `--ablate`, `--patch` and `--from-prompt`: what is changed of the model while a prompt runs. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { COMPONENT_EXAMPLES, parseComponent } from '../core/format/component';
import type { Intervention } from '../core/format/intervention';
import { Problem } from '../core/problem';
import { nonBlank } from './arguments';

/** Options that name interventions. */
export interface InterventionOptions {
  readonly ablate?: readonly string[];
  readonly patch?: readonly string[];
  readonly fromPrompt?: readonly PatchPrompt[];
}

/** A prompt that values are taken from. It serves the patches before it, as far as no earlier prompt does. */
interface PatchPrompt {
  readonly text: string;
  /** number of `--patch` before it */
  readonly patches: number;
}

/** Adds the three options, each of which may be given several times. */
export function withInterventions(command: Command): Command {
  const fromPrompt = (text: string, before: readonly PatchPrompt[] = []): readonly PatchPrompt[] => [
    ...before,
    { text: nonBlank(text), patches: command.opts<InterventionOptions>().patch?.length ?? 0 },
  ];
  return command
    .addOption(
      new Option('--ablate <component>', `switch a component off (${COMPONENT_EXAMPLES}); may be repeated`).argParser(oneMoreComponent),
    )
    .addOption(
      new Option(
        '--patch <component>',
        'replace a component with its value on the prompt given by the next --from-prompt; may be repeated',
      ).argParser(oneMoreComponent),
    )
    .addOption(
      new Option(
        '--from-prompt <text>',
        'prompt from which the preceding --patch options take their values, aligned from the end',
      ).argParser(fromPrompt),
    );
}

/**
 * The interventions that the options name.
 *
 * @throws CommanderError for a patch without a prompt, or a prompt without a patch
 */
export function interventionsOf(command: Command, { ablate = [], patch = [], fromPrompt = [] }: InterventionOptions): Intervention[] {
  const patches = patch.map((component, i): Intervention => {
    const prompt = fromPrompt.find(({ patches: served }) => served > i);
    if (!prompt) return command.error(`--patch ${component} needs a prompt to take its value from: --from-prompt TEXT after it`);
    return { mode: 'patch', component, from: { text: prompt.text } };
  });
  const idle = fromPrompt.find(({ patches: served }, i) => served === (fromPrompt[i - 1]?.patches ?? 0));
  if (idle) return command.error('--from-prompt needs a component to patch: --patch COMPONENT before it');
  return [...ablate.map((component): Intervention => ({ mode: 'zero', component })), ...patches];
}

function oneMoreComponent(name: string, before: readonly string[] = []): readonly string[] {
  try {
    parseComponent(name);
  } catch (thrown) {
    throw new InvalidArgumentError(Problem.from(thrown).hint ?? '');
  }
  return [...before, name];
}
