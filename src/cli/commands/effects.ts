/** `visit effects`: what every component at every position does to the prediction, estimated, and measured for the strongest. */
import { Command, Option } from 'commander';
import { DEFAULT_MEASURE } from '../../core/format/default-measure';
import { tokenMeasureSchema, type TokenMeasure } from '../../core/format/share-measure';
import { RANKED_KINDS, type Effects, type RankedKind } from '../../core/insight/effects';
import { MEASURED_AT_ONCE, type MeasuredEffect } from '../../core/insight/measured-effects';
import { readPrompt, wholeNumber, withModel, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { baselineOf, withBaseline, type BaselineOptions } from '../baseline';
import { withEngine } from '../engine';
import { fitBaseline, fitPrompt } from '../fit-prompt';
import type { KnownCalibration } from '../../core/insight/calibration';
import { calibrationOf } from '../../model/calibration/model-calibration';
import { modelRef } from '../model';
import { effectsCsv, effectsTable, type ListedEffect } from '../output/effects-table';
import { withProgressLine } from '../output/while-running';
import { writeAnswer } from '../output/write';
import { surroundings } from '../surroundings';
import { targetOf, withTargetPair, type TargetOptions } from '../target-options';

interface EffectsCommandOptions extends ModelOptions, PromptOptions, Omit<TargetOptions, 'measure'>, BaselineOptions {
  /** under a name of its own: `--measure` is how many are measured */
  readonly of: TokenMeasure;
  readonly kinds?: readonly RankedKind[];
  readonly top: number;
  readonly measure: number;
  readonly format: 'text' | 'json' | 'csv';
  readonly out?: string;
}

/** Where figures alone are asked for, nothing is said of them. */
const UNKNOWN: KnownCalibration = { calibration: null, refused: [] };

/** The command with its options. */
export function effectsCommand(): Command {
  const command = new Command('effects').description(
    'Rank the components at all positions by how much the prediction depends on them: estimated, and measured for the strongest.',
  );
  return withTargetPair(withBaseline(withModel(withPrompt(command))), 'whose logit is studied')
    .addOption(
      new Option(
        '--of <measure>',
        'what falls: centred, the target’s logit less the mean of all logits, which the softmax ignores; raw, the logit itself',
      )
        .choices(tokenMeasureSchema.options)
        .default(DEFAULT_MEASURE),
    )
    .addOption(new Option('--kinds <kinds...>', 'what to rank (default: head mlp)').choices([...RANKED_KINDS]))
    .option('--top <n>', 'how many components to list', wholeNumber(1), 20)
    .option('--measure <n>', 'change the strongest n one by one and run the model again', wholeNumber(0), 0)
    .addOption(
      new Option('--format <format>', 'output format; json also contains all layers and positions')
        .choices(['text', 'json', 'csv'])
        .default('text'),
    )
    .option('--out <file>', 'write to this file instead of stdout')
    .addHelpText('after', '\nExample: visit effects --prompt "The capital of Japan is the city of" --measure 10')
    .action(async (options: EffectsCommandOptions) => {
      const model = await modelRef(options);
      const asked = await readPrompt(command, options);
      const given = await baselineOf(options);
      const strongest = Math.max(options.top, options.measure);
      const { effects, listed } = await withEngine(command, (engine, signal) =>
        withProgressLine(async (onProgress) => {
          const prompt = await fitPrompt(engine, model, asked, options, signal);
          const baseline = await fitBaseline(engine, model, given, options, signal);
          const common = { ...targetOf({ ...options, measure: options.of }), ...(baseline && { baseline }) };
          const wanted = { ...common, strongest, ...(options.kinds && { kinds: options.kinds }) };
          const found: Effects = await engine.call('effects', { model, prompt, options: wanted }, { signal, onProgress });
          const measured = new Map<string, MeasuredEffect>();
          const names = found.strongest.slice(0, options.measure).map(({ component }) => component);
          for (let from = 0; from < names.length; from += MEASURED_AT_ONCE) {
            const components = names.slice(from, from + MEASURED_AT_ONCE);
            onProgress({ message: `Measuring effect ${from + 1} of ${names.length}`, done: from, total: names.length });
            const group = await engine.call('measureEffects', { model, prompt, options: { ...common, components } }, { signal });
            for (const each of group.components) measured.set(each.component, each);
          }
          const known = found.strongest.map((each): ListedEffect => {
            const figure = measured.get(each.component);
            return figure ? { ...each, measured: figure } : each;
          });
          return { effects: found, listed: known };
        }),
      );
      const { calibration, refused } = options.format === 'text' ? await calibrationOf(model.folder) : UNKNOWN;
      for (const reason of refused) surroundings().stderr.write(`visit: warning: ${reason}\n`);
      const forms = {
        json: () => `${JSON.stringify({ ...effects, strongest: listed })}\n`,
        csv: () => effectsCsv(effects, listed),
        text: () => effectsTable(effects, listed, calibration),
      };
      await writeAnswer(forms[options.format](), options.out);
    });
}
