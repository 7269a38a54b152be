/** `--ablate`, `--patch` with `--from-prompt`, `--mean` with `--over`: what is changed of the model while a prompt runs. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { ADAPTER_EXAMPLES } from '../core/format/adapter-part';
import { COMPONENT_EXAMPLES, parseComponent, POSITION_EXAMPLES } from '../core/format/component';
import type { Intervention } from '../core/format/intervention';
import { Problem } from '../core/problem';
import { nonEmpty, promptsNamed, readPrompts } from './arguments';

/** Options that name interventions. */
export interface InterventionOptions {
  readonly ablate?: readonly string[];
  readonly patch?: readonly string[];
  readonly fromPrompt?: readonly ValueSource[];
  readonly mean?: readonly string[];
  readonly over?: readonly ValueSource[];
}

/** A prompt, or a file of prompts, that values are taken from. It serves the components before it, as far as no earlier one does. */
interface ValueSource {
  readonly text: string;
  /** number of `--patch`, or `--mean`, before it */
  readonly components: number;
}

/** Adds the options, each of which may be given several times. */
export function withInterventions(command: Command): Command {
  const sourceOf =
    (option: 'patch' | 'mean', read: (text: string) => string) =>
    (text: string, before: readonly ValueSource[] = []): readonly ValueSource[] => [
      ...before,
      { text: read(text), components: command.opts<InterventionOptions>()[option]?.length ?? 0 },
    ];
  return command
    .addOption(
      new Option(
        '--ablate <component>',
        `switch a component off (${COMPONENT_EXAMPLES}; of an adapter, ${ADAPTER_EXAMPLES}), or only at some positions (${POSITION_EXAMPLES}); may be repeated`,
      ).argParser(oneMoreComponent),
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
      ).argParser(sourceOf('patch', nonEmpty)),
    )
    .addOption(
      new Option(
        '--mean <component>',
        'replace a component with its mean over the prompts given by the next --over; may be repeated',
      ).argParser(oneMoreComponent),
    )
    .addOption(
      new Option(
        '--over <file>',
        'file with one prompt per line, over which the preceding --mean options take their means, aligned from the end (# begins a comment; "-" for standard input)',
      ).argParser(sourceOf('mean', (file) => file)),
    );
}

/**
 * The interventions that the options name.
 *
 * @throws CommanderError for a component without a prompt to take its value from, or a prompt that none is taken from
 * @throws Problem `io`, `empty-prompt` for a file of prompts
 */
export async function interventionsOf(command: Command, options: InterventionOptions): Promise<Intervention[]> {
  const { ablate = [], patch = [], fromPrompt = [], mean = [], over = [] } = options;
  const patches = served(command, patch, fromPrompt, { component: '--patch', source: '--from-prompt TEXT', needs: 'a prompt' });
  const means = served(command, mean, over, { component: '--mean', source: '--over FILE', needs: 'prompts' });
  const prompts = new Map<string, { text: string }[]>();
  for (const { text: file } of over) {
    if (!prompts.has(file))
      prompts.set(
        file,
        (await readPrompts(file)).map(({ text }) => ({ text })),
      );
  }
  return [
    ...ablate.map((component): Intervention => ({ mode: 'zero', component })),
    ...patches.map(({ component, text }): Intervention => ({ mode: 'patch', component, from: { text } })),
    ...means.map(({ component, text: file }): Intervention => ({
      mode: 'mean',
      component,
      over: prompts.get(file) ?? [],
      ...promptsNamed(file),
    })),
  ];
}

/** Each component with the source after it. */
function served(
  command: Command,
  components: readonly string[],
  sources: readonly ValueSource[],
  says: { readonly component: string; readonly source: string; readonly needs: string },
): { readonly component: string; readonly text: string }[] {
  const idle = sources.find(({ components: before }, i) => before === (sources[i - 1]?.components ?? 0));
  const pairs = components.map((component, i) => {
    const source = sources.find(({ components: before }) => before > i);
    if (!source) return command.error(`${says.component} ${component} needs ${says.needs} to take its value from: ${says.source} after it`);
    return { component, text: source.text };
  });
  const [option] = says.source.split(' ');
  if (idle) return command.error(`${option} needs a component: ${says.component} COMPONENT before it`);
  return pairs;
}

function oneMoreComponent(name: string, before: readonly string[] = []): readonly string[] {
  try {
    parseComponent(name);
  } catch (thrown) {
    throw new InvalidArgumentError(Problem.from(thrown).hint ?? '');
  }
  return [...before, name];
}
