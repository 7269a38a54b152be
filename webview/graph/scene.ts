/** What every frame of a drawing is painted from. */
import type { EdgeStyle } from '../lib/colour/edge-style';
import type { Emphasis } from '../state/selectors';
import type { ShownGraph } from '../state/shown-graph';
import type { FittedText } from './draw-node';
import type { EdgeLayer } from './edge-layer';
import type { NodePaints } from './node-paints';

/** See the head of this file. The canvas keeps it in step with the state. */
export interface Scene {
  /** null: nothing is drawn */
  shown: ShownGraph | null;
  paints: NodePaints;
  edgeStyles: ReadonlyMap<string, EdgeStyle>;
  /** those that are drawn, by `edgeStyles` */
  edges: EdgeLayer;
  labels: FittedText;
  /** what the pointer brings forward */
  forward: Emphasis | null;
}

/** A scene in which nothing is drawn. */
export function emptyScene(): Scene {
  return { shown: null, paints: new Map(), edgeStyles: new Map(), edges: { edges: [], bundles: [] }, labels: new Map(), forward: null };
}
