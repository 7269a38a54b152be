/**
 * `visit`: the same core and engine as the extension, from a terminal. Answers go to stdout and nothing else does;
 * messages go to stderr, one readable line each. Exit codes: 0 done, 1 the work failed, 2 bad usage (judged from the
 * command line alone). Started by Node it is a program; required it exports `run`, and does nothing by itself.
 */
import { Command, CommanderError } from 'commander';
import { Problem, type ProblemCode } from '../core/problem';
import { messageLine } from './output/message-line';
import { surroundings, widthOf, within, type Surroundings } from './surroundings';
import { version } from '../../package.json';

const EXIT = { done: 0, failed: 1, usage: 2 } as const;

const NAME_BASE = 'Name it with --base: a folder, a GGUF file, or the id of a model in the Hugging Face cache.';

/** What helps on the command line, where that is more than the engine can know. */
const HINTS: Partial<Record<ProblemCode, string>> = {
  'prompt-too-long': 'Shorten it, or add --last-tokens to use as much of its end as fits.',
  'base-missing': NAME_BASE,
  'base-misfit': NAME_BASE,
  'memory-low':
    'Close other programs, choose a smaller model or a shorter prompt, or add --ignore-memory, which may make the machine very slow.',
};

/** Every command by its name. One that is named is read alone: what is not read does not delay the start. */
const COMMANDS = new Map<string, () => Promise<Command>>([
  ['story', async () => (await import('./commands/story')).storyCommand()],
  ['explain', async () => (await import('./commands/explain')).explainCommand()],
  ['graph', async () => (await import('./commands/graph')).graphCommand()],
  ['compare', async () => (await import('./commands/compare')).compareCommand()],
  ['continue', async () => (await import('./commands/continue')).continueCommand()],
  ['find', async () => (await import('./commands/find')).findCommand()],
  ['lens', async () => (await import('./commands/lens')).lensCommand()],
  ['overview', async () => (await import('./commands/overview')).overviewCommand()],
  ['effects', async () => (await import('./commands/effects')).effectsCommand()],
  ['calibrate', async () => (await import('./commands/calibrate')).calibrateCommand()],
  ['fit-lens', async () => (await import('./commands/fit-lens')).fitLensCommand()],
  ['head', async () => (await import('./commands/head')).headCommand()],
  ['backward', async () => (await import('./commands/backward')).backwardCommand()],
  ['norms', async () => (await import('./commands/norms')).normsCommand()],
  ['neurons', async () => (await import('./commands/neurons')).neuronsCommand()],
  ['experts', async () => (await import('./commands/experts')).expertsCommand()],
  ['trace', async () => (await import('./commands/trace')).traceCommand()],
  ['models', async () => (await import('./commands/models')).modelsCommand()],
  ['download', async () => (await import('./commands/download')).downloadCommand()],
]);

/** The program without its commands. */
function visit(): Command {
  return new Command('visit')
    .description('See inside a GPT: its forward pass as a flow graph, read as tokens.')
    .version(version)
    .option('--verbose', 'print the engine’s log, and the stack trace of an error')
    .addHelpText('after', '\nWithout --model, the embedded model is used. Exit codes: 0 success, 1 failure, 2 incorrect usage.');
}

/** Says what is wrong in one line, as every message of this program is. */
function prepared(command: Command): Command {
  const { stdout, stderr } = surroundings();
  return command
    .exitOverride()
    .showHelpAfterError(false)
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => widthOf(stdout),
      getErrHelpWidth: () => widthOf(stderr),
      outputError: (text, write) => write(`visit: ${text.replace(/^error: /, '').trim()} (see ${commandPath(command)} --help)\n`),
    });
}

function commandPath(command: Command): string {
  return command.parent ? `${commandPath(command.parent)} ${command.name()}` : command.name();
}

/** The command that the arguments name, or all of them where they name none: help lists them, and a wrong name is compared with them. */
async function commands(args: readonly string[]): Promise<Command[]> {
  const named = COMMANDS.get(args.find((arg) => !arg.startsWith('-')) ?? '');
  return Promise.all((named === undefined ? [...COMMANDS.values()] : [named]).map((read) => read()));
}

async function answer(args: readonly string[]): Promise<number> {
  const program = prepared(visit());
  for (const command of await commands(args)) program.addCommand(prepared(command));
  try {
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    return fail(Problem.from(thrown), program.opts());
  }
}

/** Says what went wrong and returns the exit code. */
function fail(problem: Problem, { verbose }: { readonly verbose?: boolean } = {}): number {
  const { stderr } = surroundings();
  const { code, message } = problem;
  const hint = HINTS[code] ?? problem.hint;
  stderr.write(`visit: ${messageLine({ message, hint })}\n`);
  if (verbose) stderr.write(`${problem.stack ?? ''}\n`);
  return EXIT.failed;
}

/**
 * Runs one command line.
 * @param args without Node and the program
 * @returns the exit code
 */
export function run(args: readonly string[], these: Surroundings): Promise<number> {
  return within(these, () => answer(args));
}

/** An engine for several commands, which the caller disposes of. */
export { startEngine } from './engine';

/** Runs the command line of this process. */
async function main(): Promise<void> {
  // A reader that has seen enough (`visit lens … | head`) is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(
      error.code === 'EPIPE'
        ? EXIT.done
        : fail(new Problem('io', `The output cannot be written: ${error.message}.`, undefined, { cause: error })),
    );
  });
  process.exitCode = await run(process.argv.slice(2), process);
}

if (require.main === module) void main();
