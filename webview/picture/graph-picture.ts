/** The flow graph as a picture: all of it at the scale at which its labels are written, with what its colours mean. */
import * as l10n from '@vscode/l10n';
import type { EdgeKind, FlowGraph } from '#core/format/flow-graph';
import { edgeMeaning, nodeTitle, targetInWords } from '#core/present/describe';
import { EDGE_NAMES, FAMILY_NAMES } from '#core/present/legend-names';
import { segmentsOf, type GraphLayout } from '#core/present/layout';
import { showToken } from '#core/text/token-text';
import { boundsOf, type Box } from '../graph/camera';
import { drawNode } from '../graph/draw-node';
import { drawEdgeFigures } from '../graph/edge-figures';
import { drawEdge } from '../graph/edge-layer';
import { BAND, drawBands } from '../graph/frame';
import { drawNumbers } from '../graph/groups';
import { drawHeadings, HEADINGS } from '../graph/headings';
import type { Painter } from '../graph/painter';
import { SHAPE_NAMES } from '../graph/shapes';
import { PALETTES } from '../lib/colour/palettes';
import { formatNumber, formatProbability, formatRank } from '../lib/format/number';
import type { Theme } from '../lib/theme/theme';
import { activeNeuronAt } from '../state/active-marks';
import { edgeKinds } from '../state/edge-kinds';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';
import { legendItems, legendScale, paragraph, stacked, type Block, type Sheet } from './caption';
import { edgeMark, shapeMark, swatch } from './legend-marks';
import type { MeasureFont, Picture, PictureSurface } from './picture';

/** Free space around everything, and between the parts, in pixels. */
const SPACE = { margin: 20, between: 14 } as const;
/** No picture is narrower: its legend has to be read. */
export const LEAST_WIDTH = 640;

/** A drawing of one graph and the room that it takes. */
export interface DrawnGraph {
  readonly width: number;
  readonly height: number;
  draw(surface: PictureSurface): void;
}

/** What is drawn of a graph, without caption. @param state in the theme of the picture */
export function drawnGraph(shown: ShownGraph, painter: Painter, state: PageState): DrawnGraph {
  const { layout, graph } = shown;
  const { theme, view } = state;
  const { box, pad, top } = roomOf(layout);
  const width = box.right - box.left + 2 * pad;
  const height = top + box.bottom - box.top + 2 * pad;
  return {
    width,
    height,
    draw(surface) {
      const paints = painter.nodes(shown, state);
      const styles = painter.edges(shown, theme);
      surface.group({ x: pad - box.left, y: top + pad - box.top }, () => {
        drawBands(surface, layout, theme.foreground, pad);
        for (const edge of graph.edges) {
          const style = styles.get(edge.id);
          if (view.hiddenEdges.includes(edge.kind) || style === undefined) continue;
          surface.save();
          drawEdge(surface, segmentsOf(layout, edge), style);
          surface.restore();
        }
        surface.save();
        drawEdgeFigures(surface, shown, { scale: 1, theme, hidden: view.hiddenEdges, edges: null, seen: null });
        surface.restore();
        const labels = new Map<string, string>();
        for (const node of graph.nodes) {
          const paint = paints.get(node.id);
          if (paint === undefined) continue;
          surface.group({ name: nodeTitle(node, graph) }, () => {
            surface.save();
            drawNode(surface, paint, {
              scale: 1,
              theme,
              labels,
              dimmed: false,
              always: activeNeuronAt(node.id, state) !== undefined,
              marked: view.pinned.includes(node.id),
            });
            surface.restore();
          });
        }
      });
      surface.save();
      if (layout.upright === undefined) drawHeadings(surface, layout, width, (x) => x - box.left + pad, 1, theme);
      else drawNumbers(surface, layout.upright.rows, 1, (y) => ({ x: 0, y }), theme);
      surface.restore();
    },
  };
}

/** The box of a drawing, the space around it, and the height of its headings. */
function roomOf(layout: GraphLayout): { readonly box: Box; readonly pad: number; readonly top: number } {
  return layout.upright === undefined
    ? { box: boundsOf(layout), pad: BAND.padding, top: HEADINGS.total }
    : { box: { left: 0, top: 0, right: layout.width, bottom: layout.height }, pad: 0, top: 0 };
}

/** Which model says what, where and how sure it is: "visit-small · layer 7 of 8 · after ‘·of’ · target ·Tokyo, 97%, #1". */
export function graphLine(graph: FlowGraph): string {
  const { model, layers, tokens, position, target } = graph;
  const [first, last] = [layers[0] ?? 0, layers.at(-1) ?? 0];
  const token = tokens[position];
  return [
    model.name,
    first === last
      ? l10n.t`layer ${first} of ${model.nLayers}, counted from 0`
      : l10n.t`layers ${first}–${last} of ${model.nLayers}, counted from 0`,
    ...(token === undefined ? [] : [l10n.t`after ‘${showToken(token)}’`]),
    l10n.t`target ${targetInWords(graph)}, ${formatProbability(target.probability)}, ${formatRank(target.rank)}`,
  ].join(' · ');
}

/** What the shapes and stripes of nodes stand for, and the edges that are drawn. @param heaviest of each kind that is drawn */
export function graphMarks(shown: Pick<ShownGraph, 'heaviest'>, { theme, view }: PageState, sheet: Sheet): readonly Block[] {
  const palette = PALETTES[theme.kind];
  const edges = edgeKinds.filter((kind) => shown.heaviest.has(kind) && !view.hiddenEdges.includes(kind));
  const figure = (kind: EdgeKind): string => {
    const most = shown.heaviest.get(kind) ?? 0;
    return kind === 'attention' ? formatProbability(most) : formatNumber(most);
  };
  return [
    legendItems(
      l10n.t('Nodes'),
      [
        ...FAMILY_NAMES.map(([family, name]) => swatch(palette.families[family], name)),
        ...SHAPE_NAMES.map(([shape, name]) => shapeMark(shape, theme.foreground, name)),
        shapeMark('box', theme.foreground, l10n.t('all other nodes'), true),
      ],
      sheet,
    ),
    legendItems(
      l10n.t('Edges, width by'),
      edges.map((kind) => edgeMark(kind, palette.edges, l10n.t`${EDGE_NAMES[kind]}: ${edgeMeaning(kind)}, up to ${figure(kind)}`)),
      sheet,
    ),
  ];
}

/** One flow graph. @param state in the theme of the picture; its `shown` is what is drawn */
export function graphPicture(shown: ShownGraph, painter: Painter, state: PageState, measure: MeasureFont): Picture {
  const { theme, view } = state;
  const drawn = drawnGraph(shown, painter, state);
  const inner = Math.max(LEAST_WIDTH, drawn.width);
  const sheet: Sheet = { theme, measure, width: Math.min(inner, CAPTION_WIDTH) };
  const head = captionOf(shown.graph.prompt, graphLine(shown.graph), sheet);
  const scale = shown.scale(view.colourBy);
  const scales = [scale, ...(scale.stream === undefined ? [] : [scale.stream])];
  const legend = stacked([...scales.map((each) => legendScale(each, PALETTES[theme.kind], sheet)), ...graphMarks(shown, state, sheet)], 6);
  return pictureOf({ title: l10n.t`Flow graph: ${shown.graph.prompt}`, theme, width: inner, head, legend, drawn: [drawn] });
}

/** Captions are broken into lines of this width: longer ones are hard to read. */
export const CAPTION_WIDTH = 1200;

/** The prompt, and a line about it. */
function captionOf(prompt: string, line: string, sheet: Sheet): Block {
  return stacked([paragraph(prompt, { size: 16, strong: true }, sheet), paragraph(line, { size: 12, muted: true }, sheet)], 2);
}

/** Caption, drawings one under the other, legend. */
export function pictureOf(parts: {
  readonly title: string;
  readonly theme: Theme;
  /** of the widest part, in pixels */
  readonly width: number;
  readonly head: Block;
  readonly drawn: readonly DrawnGraph[];
  readonly legend: Block;
}): Picture {
  const { title, theme, width, head, drawn, legend } = parts;
  const { margin, between } = SPACE;
  const body = drawn.reduce((sum, { height }) => sum + height + between, 0);
  return {
    title,
    theme,
    width: width + 2 * margin,
    height: head.height + between + body + legend.height + 2 * margin,
    draw(surface) {
      head.draw(surface, margin, margin);
      let y = margin + head.height + between;
      for (const each of drawn) {
        surface.group({ x: margin, y }, () => each.draw(surface));
        y += each.height + between;
      }
      legend.draw(surface, margin, y);
    },
  };
}
