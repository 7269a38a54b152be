/** How the nodes and edges of a comparison are painted: beside each other with what changed marked, or merged. */
import { mix, parseColour, readableOn, toHex } from '../../lib/colour/colour';
import { EDGE_WIDTH } from '../../lib/colour/edge-style';
import { PALETTES, sample } from '../../lib/colour/palettes';
import { labelOf } from '../../lib/format/label';
import { scalePainter, type Painter } from '../../graph/painter';
import { paintedWhenSeen } from '../../graph/node-paints';
import { tornOutline } from '../../graph/shapes';
import type { PageState } from '../../state/page-state';
import { largest, strength } from '../../state/measures';

/** One side: nodes by the chosen scale, each with a mark as wide as its change. */
export const sidePainter: Painter = {
  nodes(shown, state) {
    const paints = scalePainter.nodes(shown, state);
    const { compared, theme } = state;
    if (compared === null) return paints;
    const { measure } = state.view.compare;
    const most = largest(compared.changes.values(), measure);
    const { positive, negative } = PALETTES[theme.kind].edges;
    return paintedWhenSeen((id) => {
      const paint = paints.get(id);
      const change = compared.changes.get(id);
      const part = change === undefined ? null : strength(change, measure, most);
      if (paint === undefined || part === null) return paint;
      return { ...paint, mark: { part: Math.abs(part), colour: part < 0 ? negative : positive } };
    });
  },
  edges: scalePainter.edges,
  chosen: (state) => `${scalePainter.chosen(state)} ${state.view.compare.measure}`,
};

/** Both sides as one: nodes and edges by their change, a node that only one side has torn on the other. */
export const mergedPainter: Painter = {
  nodes(shown, state) {
    const { compared, theme } = state;
    const paints = scalePainter.nodes(shown, state);
    if (compared === null) return paints;
    const { measure } = state.view.compare;
    const most = largest(compared.changes.values(), measure);
    const palette = PALETTES[theme.kind];
    const plain = parseColour(theme.panel) ?? { r: 0.5, g: 0.5, b: 0.5 };
    return paintedWhenSeen((id) => {
      const paint = paints.get(id);
      const change = compared.changes.get(id);
      if (paint === undefined || change === undefined || paint.junction) return paint;
      const part = strength(change, measure, most);
      const only = change.right === null ? 'left' : change.left === null ? 'right' : null;
      const side = only === null ? null : parseColour(only === 'left' ? palette.edges.negative : palette.edges.positive);
      const fill = side !== null ? mix(plain, side, 0.35) : part === null ? plain : sample(palette.diverging, 0.5 + part / 2);
      const { x, y, width, height } = paint.place;
      return {
        ...paint,
        fill: toHex(fill),
        text: readableOn(fill),
        label: mergedLabel(state, id),
        ...(only !== null && {
          path: tornOutline(only === 'left' ? 'right' : 'left', x, y, width, height),
          stripe: only === 'left' ? palette.edges.negative : palette.edges.positive,
        }),
      };
    });
  },
  edges({ graph, heaviest }, theme) {
    const { positive, negative } = PALETTES[theme.kind].edges;
    return new Map(
      graph.edges.map(({ id, kind, weight, sign }) => {
        const most = heaviest.get(kind) ?? 0;
        const part = most > 0 ? Math.sqrt(weight / most) : 0;
        return [
          id,
          {
            width: Math.max(EDGE_WIDTH.least / 2, part * EDGE_WIDTH.most),
            colour: sign < 0 ? negative : positive,
            opacity: 0.12 + 0.6 * part,
            dashed: sign < 0,
          },
        ];
      }),
    );
  },
  chosen: ({ view }) => view.compare.measure,
};

/** The token that both sides read, or that of each. */
function mergedLabel({ compared }: PageState, id: string): string {
  const left = compared?.left.nodes.get(id);
  const right = compared?.right.nodes.get(id);
  const labels = [left, right].flatMap((node) => (node === undefined ? [] : [labelOf(node)]));
  return [...new Set(labels)].join(' → ');
}
