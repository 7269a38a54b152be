/** `visit calibrate`: how well shares and estimates predict what switching components off does, over a file of prompts. */
import { Command, Option } from 'commander';
import { CALIBRATED_QUANTITIES, type CalibratedQuantity } from '../../core/insight/calibration';
import { readPrompts, wholeNumber, withModel, type ModelOptions } from '../arguments';
import { withEngine } from '../engine';
import { keepCalibration } from '../../model/calibration/kept-calibrations';
import { modelRef } from '../model';
import { calibrationTable } from '../output/calibration-table';
import { leftOutLines, leftOutOf, warnLeftOut } from '../output/left-out';
import { withProgressLine } from '../output/while-running';
import { writeAnswer } from '../output/write';
import { surroundings } from '../surroundings';

interface CalibrateCommandOptions extends ModelOptions {
  readonly prompts: string;
  readonly of: CalibratedQuantity;
  readonly perKind: number;
  readonly seed: number;
  readonly points: number;
  readonly keep?: true;
  readonly format: 'json' | 'table';
  readonly out?: string;
}

/** The command with its options. */
export function calibrateCommand(): Command {
  const command = new Command('calibrate').description(
    'Switch off a random sample of components in every prompt of a file, and say how well shares and estimated effects predict what that does.',
  );
  return withModel(command)
    .requiredOption(
      '--prompts <file>',
      'file with one prompt per line, each studied at its last token for what the model predicts there (# begins a comment; "-" for standard input)',
    )
    .addOption(
      new Option(
        '--of <quantity>',
        'what effects are on: centred, the prediction’s logit less the mean of all logits; difference, its logit less that of the runner-up',
      )
        .choices([...CALIBRATED_QUANTITIES])
        .default('centred'),
    )
    .option(
      '--per-kind <n>',
      'heads, neurons, attention and feed-forward outputs, so many of each, that are measured in each prompt at its last position, at its first and between',
      wholeNumber(1),
      8,
    )
    .option('--seed <s>', 'decides which are chosen', wholeNumber(0), 0)
    .option('--points <n>', 'how many of what was measured the JSON lists one by one', wholeNumber(0), 1000)
    .option(
      '--keep',
      'keep the answer for this model: “visit effects” and the cards of the panel then say what its estimates are worth (else a calibration.json beside its weights is used, if there is one)',
    )
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'table']).default('table'))
    .option('--out <file>', 'write to this file instead of stdout')
    .addHelpText('after', '\nExample: visit calibrate --prompts examples/factual-recall.txt')
    .action(async ({ prompts: file, of, perKind, seed, points, keep, format, out, ...options }: CalibrateCommandOptions) => {
      const model = await modelRef(options);
      const prompts = await readPrompts(file);
      const texts = prompts.map(({ text }) => text);
      const calibration = await withEngine(command, (engine, signal) =>
        withProgressLine((onProgress) =>
          engine.call('calibrate', { model, prompts: texts, options: { of, perKind, seed, points } }, { signal, onProgress }),
        ),
      );
      const leftOut = leftOutOf(prompts, calibration.skipped);
      const answer = format === 'json' ? `${JSON.stringify(calibration)}\n` : calibrationTable(calibration) + leftOutLines(leftOut);
      await writeAnswer(answer, out);
      if (keep) surroundings().stderr.write(`visit: kept as ${await keepCalibration(calibration)}\n`);
      if (format === 'json' || out !== undefined) warnLeftOut(leftOut);
    });
}
