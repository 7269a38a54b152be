/** Always-active neurons as comma-separated values (RFC 4180): the same file from the editor and from the command line. */
import { showToken } from '../text/token-text';
import { writtenTokens, type ActiveNeurons } from './active-neurons';

const HEAD = ['layer', 'neuron', 'frequency', 'mean', 'deviation', 'value norm', 'entropy', 'writes'];

/** One line a neuron. `writes` lists its tokens, the most likely first; where the mean is negative, the least likely. */
export function activeNeuronsCsv({ neurons }: ActiveNeurons): string {
  const rows = neurons.map((neuron) => [
    neuron.layer,
    neuron.neuron,
    neuron.frequency,
    neuron.mean,
    neuron.deviation,
    neuron.valueNorm,
    neuron.entropy,
    writtenTokens(neuron).map(showToken).join(' '),
  ]);
  return [HEAD, ...rows].map(csvLine).join('');
}

/** A line of comma-separated values (RFC 4180). */
export function csvLine(row: readonly (string | number)[]): string {
  return `${row.map(field).join(',')}\r\n`;
}

/** Quoted where it must be. A text that a spreadsheet would take for a formula is kept from being one. */
function field(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
