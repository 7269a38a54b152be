/** What the two sides are called, and the letter that stands for each. */
import type { Side } from '../../src/core/graph/compare/comparison';
import { element } from '../dom/element';

const NAMES: Readonly<Record<Side, string>> = { left: 'A', right: 'B' };

export function sideName(side: Side): string {
  return NAMES[side];
}

/** A letter in the colour of its side. */
export function sideBadge(side: Side): HTMLElement {
  return element('span', { class: `side-badge of-${side}`, text: sideName(side) });
}
