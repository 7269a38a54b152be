/** The looks of many nodes, each decided when it is first in sight: of thousands a person looks at some hundred. */
import type { NodePaint } from './node-paint';

/** The look of a node that has a place; undefined for others. */
export interface NodePaints {
  get(id: string): NodePaint | undefined;
}

/** @param paint decides how a node looks; asked once for each */
export function paintedWhenSeen(paint: (id: string) => NodePaint | undefined): NodePaints {
  const known = new Map<string, NodePaint | undefined>();
  return {
    get(id) {
      const before = known.get(id);
      if (before !== undefined || known.has(id)) return before;
      const made = paint(id);
      known.set(id, made);
      return made;
    },
  };
}
