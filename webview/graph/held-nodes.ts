/** Which nodes of a drawing are held by what draws it: those in sight and a little around. */
import type { PlacedNode } from '#core/present/layout';
import type { Box } from './camera';
import { contains, grown, isNodeIn, type Detail } from './seen';

/** What is held reaches so far beyond what is seen, in graph units: a drawing that is moved meets new nodes now and then. */
const AROUND = { x: 600, y: 300 } as const;

/** What is to be held besides, and what no longer. */
export interface HeldChange {
  readonly come: readonly PlacedNode[];
  readonly gone: readonly string[];
}

/** See the head of this file. */
export class HeldNodes {
  #places: readonly PlacedNode[] = [];
  #held: ReadonlySet<string> = new Set();
  /** what is held is all that is in it; null: nothing has been looked at */
  #around: Box | null = null;

  /** Nothing of another drawing is held before it is looked at. */
  begin(places: readonly PlacedNode[]): void {
    this.#places = places;
    this.#held = new Set();
    this.#around = null;
  }

  /** Ids of what is held. */
  get ids(): ReadonlySet<string> {
    return this.#held;
  }

  /** What changes when this is seen; nothing is held where boxes are drawn plainly. */
  lookAt(seen: Box, detail: Detail): HeldChange {
    if (detail === 'plain') return this.#hold(null);
    const { x, y } = AROUND;
    // Seen from nearer than before, much of what is held is far away.
    const isNear = this.#around !== null && contains(this.#around, seen) && contains(grown(seen, { x: 3 * x, y: 3 * y }), this.#around);
    return isNear ? { come: [], gone: [] } : this.#hold(grown(seen, AROUND));
  }

  #hold(around: Box | null): HeldChange {
    const before = this.#held;
    const near = around === null ? [] : this.#places.filter((place) => isNodeIn(place, around));
    this.#around = around;
    this.#held = new Set(near.map(({ id }) => id));
    return { come: near.filter(({ id }) => !before.has(id)), gone: [...before].filter((id) => !this.#held.has(id)) };
  }
}
