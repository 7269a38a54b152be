/** What the gradient of a pass says, for a terminal. */
import type { BackwardLens, DirectionReading, GradientReading, LayerGradients, NeuronUpdate } from '../../core/insight/backward-lens';
import { GRADIENT_LENS, saturationInWords } from '../../core/present/gradient-words';
import { showToken } from '../../core/text/token-text';
import { counted, percent, threeDigits } from './figures';
import { clip, columns, wrapped } from './table';
import { tokenAt } from './token-at';

/** Tokens named in one list. */
const NAMED = 4;
const MAX_CELL = 14;

/**
 * The loss; then the gradient at the position under study at every border with the tokens that descent adds and removes there,
 * and the first of them at every other position; or, where a layer is looked into, its gradients and what a step writes into it.
 *
 * @param width of the terminal; positions that do not fit continue in a further table. Absent: one table
 */
export function backwardTable(found: BackwardLens, width: number | undefined): string {
  const { target, loss, saturated, position, tokens, layer } = found;
  const lossLine =
    `Loss at ${position} ${tokenAt(tokens, position)}: ${threeDigits(loss)} nats for ${showToken(target)}, whose probability is ` +
    `${percent(target.probability)}.\n`;
  const note = saturated ? `${saturationInWords(saturated, target)}\n` : '';
  return `${lossLine}${note}${GRADIENT_LENS}\n\n${layer ? layerTables(found, layer) : borderTables(found, width)}`;
}

function borderTables({ stream, position, tokens }: BackwardLens, width: number | undefined): string {
  const here = columns([
    ['border', 'gradient', 'adds', 'removes'],
    ...stream.map(({ border, positions }) => [borderName(border), ...gradientCells(positions[position])]),
  ]);
  if (position === 0) return here;
  const everywhere = wrapped(
    [
      ['', ...tokens.slice(0, position + 1).map((token, p) => clip(`${p} ${showToken(token)}`, MAX_CELL))],
      ...stream.map(({ border, positions }) => [
        borderName(border),
        ...positions.map(({ reading }) => (reading?.top[0] ? clip(showToken(reading.top[0]), MAX_CELL) : '–')),
      ]),
    ],
    width,
  );
  return `${here}\nMost added at every position:\n\n${everywhere}`;
}

/** A border by the block that it follows. */
function borderName(border: number): string {
  return border === 0 ? 'embeddings' : `after layer ${border - 1}`;
}

function layerTables({ position, tokens }: BackwardLens, { layer, attnOut, mlpOut, update }: LayerGradients): string {
  const here = columns([
    [`layer ${layer}`, 'gradient', 'adds', 'removes'],
    ['attention out', ...gradientCells(attnOut[position])],
    ['MLP out', ...gradientCells(mlpOut[position])],
  ]);
  const steps = columns([
    ['position', 'imprint', 'of', 'shift', 'towards'],
    ...update.positions.map(({ position: p, imprint, shift }) => [
      `${p} ${tokenAt(tokens, p)}`,
      threeDigits(imprint.strength),
      named(imprint.reading),
      threeDigits(shift.strength),
      named(shift.reading),
    ]),
  ]);
  const summary =
    `One step of gradient descent with a learning rate of 1 changes the first ${update.norms.gate === undefined ? 'matrix' : 'matrices'} of ` +
    `layer ${layer}’s MLP by ${threeDigits(Math.hypot(update.norms.up, update.norms.gate ?? 0))} and the last by ` +
    `${threeDigits(update.norms.down)} (Frobenius norm), from ${counted(update.rank, 'position')}.\n`;
  return `${here}\n${steps}\n${neuronTable(update.neurons)}${summary}`;
}

function neuronTable(neurons: readonly NeuronUpdate[]): string {
  if (neurons.length === 0) return '';
  const gated = neurons.some(({ gate }) => gate !== undefined);
  const table = columns([
    ['neuron', 'change', 'added to its key', ...(gated ? ['added to its gate'] : []), 'added to its value'],
    ...neurons.map(({ neuron, strength, key, gate, value }) => [
      `${neuron}`,
      threeDigits(strength),
      named(key.reading),
      ...(gated ? [named(gate?.reading ?? null)] : []),
      named(value.reading),
    ]),
  ]);
  return `${table}\n`;
}

function gradientCells(gradient: GradientReading | undefined): string[] {
  const { norm, reading } = gradient ?? { norm: 0, reading: null };
  return [threeDigits(norm), named(reading), named(reading, 'bottom')];
}

function named(reading: DirectionReading, list: 'top' | 'bottom' = 'top'): string {
  return reading === null ? '–' : reading[list].slice(0, NAMED).map(showToken).join(' ');
}
