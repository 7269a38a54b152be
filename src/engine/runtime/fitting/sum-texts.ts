/** Runs the texts that a lens is fitted on, and keeps sums of them. */
import type { CallContext } from '../../../core/call-context';
import { stopIfCancelled } from '../../../core/cancel';
import { joined } from '../../../core/pass/vector';
import { floats } from '../../onnx/session-pool';
import { columnSums, type FittedModel } from './fitted-model';
import { addJacobian } from './jacobian';
import type { Streams } from './lens-judge';
import type { LensSums } from './lens-sums';
import type { FittedPiece } from './parts';

/** What is summed up, and where it is kept. */
export interface SumWork {
  /** what is known so far; units are added to it */
  readonly sums: LensSums;
  /** which units are to be added; absent: all */
  readonly isWanted?: (unit: number) => boolean;
  /** Keeps the sums, complete as they are between two units, so that a fit that ends early can be taken up again. */
  readonly save?: (sums: LensSums) => Promise<void>;
}

/** Of the time, what may be spent on keeping the sums. */
const SAVING = 0.05;

/**
 * Adds the units that are wanted and have not been added yet. One pass in memory at a time.
 *
 * @throws Problem `cancelled`, and what a pass throws
 */
export async function sumTexts(
  model: FittedModel,
  units: readonly (readonly FittedPiece[])[],
  { sums, isWanted = () => true, save }: SumWork,
  context: CallContext,
): Promise<void> {
  const wanted = [...units.keys()].filter((unit) => isWanted(unit) && !sums.done.has(unit));
  const known = sums.done.size;
  let saved = { at: Date.now(), took: 0 };
  for (const [i, unit] of wanted.entries()) {
    const report = (part: number) =>
      context.report({
        message: `Fitting the lens: part ${known + i + 1} of ${known + wanted.length}`,
        done: known + i + part,
        total: known + wanted.length,
      });
    stopIfCancelled(context, 'Fitting the lens');
    report(0);
    if (sums.kind === 'jacobian') await addJacobian(model, units[unit], sums, unit, report, context);
    else await addProducts(model, units[unit], sums, unit, context);
    const now = Date.now();
    if (save && i < wanted.length - 1 && (now - saved.at) * SAVING >= saved.took) {
      await save(sums);
      saved = { at: Date.now(), took: Date.now() - now };
    }
  }
}

async function addProducts(
  { graphs, forward }: FittedModel,
  pieces: readonly FittedPiece[],
  sums: LensSums,
  unit: number,
  context: CallContext,
): Promise<void> {
  const quiet: CallContext = { signal: context.signal, report: () => undefined };
  const passes: Streams[] = [];
  for (const piece of pieces) {
    stopIfCancelled(context, 'Fitting the lens');
    passes.push((await forward(piece, quiet)).stream);
  }
  const { d, nLayers } = sums;
  const rowsAt = (border: number): Float32Array => joined(passes.map((stream) => stream[border]));
  const y = rowsAt(nLayers);
  const n = y.length / d;
  await graphs.gram(async (product) => {
    for (let border = 0; border < nLayers; border++) {
      stopIfCancelled(context, 'Fitting the lens');
      const x = rowsAt(border);
      const results = await product({ x: floats(x, [n, d]), y: floats(y, [n, d]) });
      for (const name of ['xx', 'xy']) sums.add(`${name}.${border}`, results.doubles(name));
      sums.add(`x.${border}`, columnSums(x, d));
    }
  });
  sums.add('y', columnSums(y, d));
  sums.finish(unit, { positions: n, prompts: pieces.length });
}
