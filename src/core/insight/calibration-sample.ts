/** Which components of a prompt a calibration measures: a fixed number, chosen at random, spread over the depth. */
import type { Component } from '../format/component';
import type { ModelInfo } from '../format/flow-graph';
import { CALIBRATED_KINDS, layersOf, PLACES, THIRDS, type CalibratedKind, type Place } from './calibration';
import { drawn, randomNumbers } from './random-sample';

/** A component at a position. */
export interface SampledComponent {
  readonly kind: CalibratedKind;
  readonly layer: number;
  /** index of the head or neuron; 0 for a whole layer */
  readonly unit: number;
  readonly place: Place;
  readonly position: number;
}

/** First and last position of a place in a prompt of `length` tokens, both included; null: it has none. */
function positionsOf(place: Place, length: number): { readonly from: number; readonly to: number } | null {
  const last = length - 1;
  switch (place) {
    case 'last':
      return { from: last, to: last };
    case 'first':
      return last > 0 ? { from: 0, to: 0 } : null;
    case 'earlier':
      return last > 1 ? { from: 1, to: last - 1 } : null;
  }
}

/** How many components of a kind one block has. */
function unitsOf(kind: CalibratedKind, { nHeads, dMlp }: Pick<ModelInfo, 'nHeads' | 'dMlp'>): number {
  return kind === 'head' ? nHeads : kind === 'neuron' ? dMlp : 1;
}

/**
 * For each kind and place `perKind` components, each as likely as any other, in thirds of the depth by their numbers of blocks.
 *
 * @param length tokens of the prompt
 * @param random seeds of the sample: with the same ones, the same components are chosen
 */
export function sampleComponents(
  model: Pick<ModelInfo, 'nLayers' | 'nHeads' | 'dMlp' | 'experts'>,
  length: number,
  perKind: number,
  { seed, prompt }: { readonly seed: number; readonly prompt: number },
): SampledComponent[] {
  const random = randomNumbers(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(prompt + 1, 0x85ebca6b));
  return CALIBRATED_KINDS.filter((kind) => kind !== 'neuron' || model.experts === undefined).flatMap((kind) =>
    PLACES.flatMap((place) => {
      const positions = positionsOf(place, length);
      if (positions === null) return [];
      // A random start makes the rounding fair to all thirds.
      const start = random();
      const until = (layers: number): number => Math.floor((perKind * layers) / model.nLayers + start);
      const units = unitsOf(kind, model);
      const places = positions.to - positions.from + 1;
      return THIRDS.flatMap((third) => {
        const layers = layersOf(third, model.nLayers);
        if (layers === null) return [];
        const count = until(layers.to + 1) - until(layers.from);
        return drawn(count, (layers.to - layers.from + 1) * units * places, random).map((i): SampledComponent => {
          const inLayer = i % (units * places);
          return {
            kind,
            layer: layers.from + Math.floor(i / (units * places)),
            unit: inLayer % units,
            place,
            position: positions.from + Math.floor(inLayer / units),
          };
        });
      });
    }),
  );
}

/** What is switched off to measure it. */
export function componentOf({ kind, layer, unit, position }: SampledComponent): Component {
  const positions = [{ from: position, to: position }];
  switch (kind) {
    case 'head':
      return { kind, layer, head: unit, positions };
    case 'neuron':
      return { kind, layer, neuron: unit, positions };
    case 'attention':
    case 'mlp':
      return { kind, layer, positions };
  }
}
