/**
 * `visit`: the same core and engine as the extension, from a terminal. Answers go to stdout and nothing else does;
 * messages go to stderr, one readable line each. Exit codes: 0 done, 1 the work failed, 2 bad usage (judged from the
 * command line alone).
 */
import { Command, CommanderError } from 'commander';
import { Problem, type ProblemCode } from '../core/problem';
import { backwardCommand } from './commands/backward';
import { calibrateCommand } from './commands/calibrate';
import { compareCommand } from './commands/compare';
import { continueCommand } from './commands/continue';
import { downloadCommand } from './commands/download';
import { effectsCommand } from './commands/effects';
import { explainCommand } from './commands/explain';
import { fitLensCommand } from './commands/fit-lens';
import { findCommand } from './commands/find';
import { graphCommand } from './commands/graph';
import { headCommand } from './commands/head';
import { lensCommand } from './commands/lens';
import { modelsCommand } from './commands/models';
import { neuronsCommand } from './commands/neurons';
import { normsCommand } from './commands/norms';
import { overviewCommand } from './commands/overview';
import { storyCommand } from './commands/story';
import { traceCommand } from './commands/trace';
import { messageLine } from './output/message-line';
import { version } from '../../package.json';

const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** What helps on the command line, where that is more than the engine can know. */
const HINTS: Partial<Record<ProblemCode, string>> = {
  'prompt-too-long': 'Shorten it, or add --last-tokens to use as much of its end as fits.',
  'memory-low':
    'Close other programs, choose a smaller model or a shorter prompt, or add --ignore-memory, which may make the machine very slow.',
};

const program = new Command('visit')
  .description('See inside a GPT: its forward pass as a flow graph, read as tokens.')
  .version(version)
  .option('--verbose', 'print the engine’s log, and the stack trace of an error')
  .addCommand(storyCommand())
  .addCommand(explainCommand())
  .addCommand(graphCommand())
  .addCommand(compareCommand())
  .addCommand(continueCommand())
  .addCommand(findCommand())
  .addCommand(lensCommand())
  .addCommand(overviewCommand())
  .addCommand(effectsCommand())
  .addCommand(calibrateCommand())
  .addCommand(fitLensCommand())
  .addCommand(headCommand())
  .addCommand(backwardCommand())
  .addCommand(normsCommand())
  .addCommand(neuronsCommand())
  .addCommand(traceCommand())
  .addCommand(modelsCommand())
  .addCommand(downloadCommand())
  .addHelpText('after', '\nWithout --model, the embedded model is used. Exit codes: 0 success, 1 failure, 2 incorrect usage.');

for (const command of [program, ...program.commands]) {
  command
    .exitOverride()
    .showHelpAfterError(false)
    .configureOutput({
      outputError: (text, write) => write(`visit: ${text.replace(/^error: /, '').trim()} (see ${commandPath(command)} --help)\n`),
    });
}

function commandPath(command: Command): string {
  return command.parent ? `${commandPath(command.parent)} ${command.name()}` : command.name();
}

async function main(): Promise<number> {
  try {
    if (process.argv.length <= 2) program.help({ error: true });
    await program.parseAsync();
    return EXIT.done;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    return fail(Problem.from(thrown));
  }
}

/** Says what went wrong and returns the exit code. */
function fail(problem: Problem): number {
  const { code, message } = problem;
  const hint = HINTS[code] ?? problem.hint;
  process.stderr.write(`visit: ${messageLine({ message, hint })}\n`);
  if (program.opts<{ verbose?: boolean }>().verbose) process.stderr.write(`${problem.stack ?? ''}\n`);
  return EXIT.failed;
}

// A reader that has seen enough (`visit lens … | head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(
    error.code === 'EPIPE'
      ? EXIT.done
      : fail(new Problem('io', `The output cannot be written: ${error.message}.`, undefined, { cause: error })),
  );
});

void main().then((code) => {
  process.exitCode = code;
});
