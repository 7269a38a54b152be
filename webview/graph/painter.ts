/** How a canvas paints what it is given: one graph by a scale, one side of a comparison, or both sides merged. */
import type { Theme } from '../lib/theme/theme';
import type { EdgeStyle } from '../lib/colour/edge-style';
import { withEffect } from '../state/effects';
import { countHere } from '../state/insight-state';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';
import { paintNode } from './node-paint';
import { paintedWhenSeen, type NodePaints } from './node-paints';
import { leftOutText, rowText } from './row-text';
import { edgeStyles } from './edge-styles';

export interface Painter {
  /** The look of every node that has a place. */
  nodes(shown: ShownGraph, state: PageState): NodePaints;
  /** The look of every edge. */
  edges(shown: ShownGraph, theme: Theme): Map<string, EdgeStyle>;
  /** Names the choice that decides how nodes look: when it changes they are repainted. */
  chosen(state: PageState): string;
}

/** Nodes by the chosen scale, edges by their weight. */
export const scalePainter: Painter = {
  nodes({ graph, nodes, layout, scale, rows, gathered }, state) {
    const { view, theme } = state;
    const by = scale(view.colourBy);
    return paintedWhenSeen((id) => {
      const [node, place] = [nodes.get(id), layout.nodes.get(id)];
      if (node === undefined || place === undefined) return undefined;
      const isGathered = gathered?.has(id) === true;
      const known = isGathered || rows?.others.has(id) === true ? node : withEffect(node, state);
      const paint = paintNode(known, place, graph, by, theme);
      if (isGathered) return { ...paint, row: leftOutText(node) };
      return rows === undefined ? paint : { ...paint, row: rowText(known, rows, graph, view.colourBy) };
    });
  },
  edges: ({ graph, heaviest }, theme) => edgeStyles(graph.edges, heaviest, theme),
  // What has been measured takes the place of an estimate.
  chosen: ({ view, insights }) => (view.colourBy === 'effect' ? `effect, ${countHere(insights.measureEffects)} measured` : view.colourBy),
};
