/** Which nodes of a graph are always-active neurons of its model. */
import * as l10n from '@vscode/l10n';
import { nodeId } from '#core/format/node-id';
import type { ActiveNeuron, ActiveNeurons } from '#core/insight/active-neurons';
import { formatNumber, formatProbability } from '../lib/format/number';
import { knownNeurons } from './insight-state';
import type { PageState } from './page-state';

/** Neurons by the ids of their nodes, key and value. */
const byId = new WeakMap<ActiveNeurons, ReadonlyMap<string, ActiveNeuron>>();

function idsOf(found: ActiveNeurons): ReadonlyMap<string, ActiveNeuron> {
  const known = byId.get(found);
  if (known !== undefined) return known;
  const made = new Map(
    found.neurons.flatMap((neuron) => {
      const { layer, neuron: index } = neuron;
      return [
        [nodeId.neuronKey(layer, index), neuron],
        [nodeId.neuronValue(layer, index), neuron],
      ] as const;
    }),
  );
  byId.set(found, made);
  return made;
}

/** What has been found out about the model of the shown graph; null where nothing has. */
export function foundOfShown({ insights, shown }: PageState): ActiveNeurons | null {
  const known = knownNeurons(insights);
  return known !== null && known.fingerprint === shown?.fingerprint ? known.value : null;
}

/** The always-active neuron that a node is; undefined where it is none. */
export function activeNeuronAt(id: string, state: PageState): ActiveNeuron | undefined {
  const found = foundOfShown(state);
  return found === null ? undefined : idsOf(found).get(id);
}

/** What a card says of such a node; undefined for every other. */
export function activeNote(id: string, state: PageState): string | undefined {
  const neuron = activeNeuronAt(id, state);
  const prompts = knownNeurons(state.insights)?.value.prompts ?? 0;
  return (
    neuron &&
    l10n.t`Always active: in ${formatProbability(neuron.frequency)} of ${formatNumber(prompts)} prompts. It says little about this one.`
  );
}
