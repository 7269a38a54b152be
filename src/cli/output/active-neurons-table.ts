/** Always-active neurons as a table for a terminal. */
import { writtenTokens, type ActiveNeurons } from '../../core/insight/active-neurons';
import { showToken } from '../../core/text/token-text';
import { counted, percent } from './figures';
import { columns } from './table';

/** Tokens named in one line. */
const NAMED = 6;

/** One line a neuron, by layer, most frequent first. */
export function activeNeuronsTable({ neurons, prompts, perLayer, atLeast }: Omit<ActiveNeurons, 'skipped'>): string {
  const head = ['neuron', 'active', 'mean ± deviation', 'entropy', 'writes'];
  const rows = neurons.map((neuron) => [
    `${neuron.layer}.${neuron.neuron}`,
    percent(neuron.frequency),
    `${neuron.mean.toFixed(3)} ± ${neuron.deviation.toFixed(3)}`,
    `${neuron.entropy.toFixed(1)} bits`,
    writtenTokens(neuron).slice(0, NAMED).map(showToken).join(' '),
  ]);
  const summary = `${counted(neurons.length, 'neuron')} among the ${perLayer} most active in their layer for at least ${percent(atLeast)} of ${counted(prompts, 'prompt')}`;
  const table = rows.length > 0 ? columns([head, ...rows]) : '';
  return `${table}${summary}\n`;
}
