/** Options that say what is studied of a pass: a position, a target there, and what the target is compared with. */
import { Option, type Command } from 'commander';
import { DEFAULT_MEASURE } from '../core/format/default-measure';
import { tokenMeasureSchema, type TokenMeasure } from '../core/format/share-measure';
import type { GraphOptions } from '../core/protocol/engine-options';
import { wholeNumber } from './arguments';

/** Options that name the position under study and its target. */
export interface TargetOptions {
  readonly position?: number;
  readonly target?: string;
  readonly against?: string;
  readonly measure?: TokenMeasure;
}

/** The position, the tokens and the measure that the options name, as the engine is asked for them. */
export function targetOf({
  position,
  target,
  against,
  measure,
}: TargetOptions): Pick<GraphOptions, 'position' | 'target' | 'against' | 'measure'> {
  return {
    ...(position !== undefined && { position }),
    ...(target !== undefined && { target: { text: target } }),
    ...(against !== undefined && { against: { text: against } }),
    ...(measure && { measure }),
  };
}

/**
 * Adds `--position` and `--target`.
 *
 * @param purpose what the target is for, as the end of "text of the token …"
 */
export function withTarget(command: Command, purpose: string): Command {
  return command.addOption(positionOption()).option('--target <token>', `text of the token ${purpose} (default: what the model predicts)`);
}

/** Adds those and `--against`. */
export function withTargetPair(
  command: Command,
  purpose: string,
  against = 'text of a token whose logit is subtracted from the target’s',
): Command {
  return withTarget(command, purpose).option('--against <token>', against);
}

/** Adds those and `--measure`. */
export function withMeasuredTarget(command: Command, purpose: string, against?: string): Command {
  return withTargetPair(command, purpose, against).addOption(measureOption());
}

/** Which position is studied. */
export function positionOption(): Option {
  return new Option(
    '--position <n>',
    'token under study, counted from 0; negative numbers count from the end (default: -1, the last)',
  ).argParser(wholeNumber(-Infinity));
}

/** What shares are of. */
export function measureOption(): Option {
  return new Option(
    '--measure <measure>',
    'what shares are of: centred, a token’s logit less the mean of all logits, which the softmax ignores; raw, the logit itself',
  )
    .choices(tokenMeasureSchema.options)
    .default(DEFAULT_MEASURE);
}
