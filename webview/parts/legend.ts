/** What colours, shapes and lines mean, with the numbers of this graph. */
import type { NodeFamily } from '#core/format/node-kinds';
import type { EdgeKind } from '#core/format/flow-graph';
import { edgeMeaning } from '#core/present/describe';
import { EDGE_WIDTH } from '../lib/colour/edge-style';
import { PALETTES, type EdgeColours } from '../lib/colour/palettes';
import { element, fill, setAttributes } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import { formatNumber, formatProbability } from '../lib/format/number';
import { foundOfShown } from '../state/active-marks';
import { outline, SHAPE_NAMES, type Shape } from '../graph/shapes';
import { edgeKinds } from '../state/edge-kinds';
import { toggled } from '../state/view-state';
import type { PageState } from '../state/page-state';
import { scaleBar } from './scale-bar';
import type { Page, Part } from '../state/page';

/** Where a closed legend opens by itself. */
const ROOM = '(min-width: 761px)';

const FAMILY_NAMES: readonly (readonly [NodeFamily, string])[] = [
  ['stream', 'stream'],
  ['norm', 'norm'],
  ['attention', 'attention'],
  ['feedForward', 'feed-forward'],
];

const EDGE_NAMES: Readonly<Record<EdgeKind, string>> = {
  residual: 'residual',
  norm: 'norm',
  attention: 'attention',
  contribution: 'contribution',
  coefficient: 'coefficient',
};

/** @param roomy where a legend that nobody has opened or closed is open, as a media query */
export function createLegend(page: Page, roomy = ROOM): Part {
  const room = matchMedia(roomy);
  const isOpen = ({ view }: PageState): boolean => view.legendOpen ?? room.matches;
  const scale = element('div', { class: 'legend-scale', testId: 'legend-scale' });
  const edges = element('div', { class: 'legend-group', attributes: { role: 'group', 'aria-label': 'Edges shown' } });
  const nodes = element('div', { class: 'legend-group legend-nodes' });
  const more = element('div', { class: 'legend-more', attributes: { id: 'visit-legend-more' } }, edges, nodes);
  const toggle = element(
    'button',
    {
      class: 'disclosure legend-toggle',
      testId: 'legend-toggle',
      attributes: { type: 'button', 'aria-controls': 'visit-legend-more' },
      on: { click: () => page.dispatch({ type: 'view', change: { legendOpen: !isOpen(page.state()) } }) },
    },
    icon('chevron'),
    'Legend',
  );
  const legend = element(
    'footer',
    { class: 'legend', testId: 'legend', attributes: { 'aria-label': 'Legend' } },
    element('div', { class: 'legend-bar' }, scale, toggle),
    more,
  );

  const drawScale = (state: PageState): void => {
    if (state.shown === null) return fill(scale);
    fill(scale, ...scaleBar(state.shown.scale(state.view.colourBy), PALETTES[state.theme.kind]));
  };

  const drawNodes = (state: PageState): void => {
    const palette = PALETTES[state.theme.kind];
    fill(
      nodes,
      ...FAMILY_NAMES.map(([family, name]) => {
        const swatch = element('span', { class: 'legend-family' });
        swatch.style.backgroundColor = palette.families[family];
        return element('span', { class: 'legend-item' }, swatch, name);
      }),
      element('span', { class: 'legend-rule' }),
      ...SHAPE_NAMES.map(([shape, name]) =>
        element('span', { class: 'legend-item' }, shapePicture(shape, state.theme.foreground, false), name),
      ),
      element('span', { class: 'legend-item' }, shapePicture('box', state.theme.foreground, true), 'all the rest'),
      foundOfShown(state) === null
        ? null
        : element('span', { class: 'legend-item', testId: 'legend-always' }, alwaysPicture(state.theme.foreground), 'always active'),
    );
  };

  const drawEdges = (state: PageState): void => {
    if (state.shown === null) return fill(edges);
    const { heaviest } = state.shown;
    const colours = PALETTES[state.theme.kind].edges;
    const kinds = edgeKinds.filter((kind) => heaviest.has(kind));
    fill(
      edges,
      ...kinds.map((kind) => {
        const most = heaviest.get(kind) ?? 0;
        const figure = kind === 'attention' ? formatProbability(most) : formatNumber(most);
        const shown = !state.view.hiddenEdges.includes(kind);
        return element(
          'button',
          {
            class: 'legend-edge',
            testId: `edge-kind-${kind}`,
            attributes: {
              type: 'button',
              'aria-pressed': String(shown),
              title: `Width: ${edgeMeaning(kind)}, square-root scale, ${EDGE_WIDTH.most} px at ${figure}. Click to ${shown ? 'hide' : 'show'}.`,
            },
            on: { click: () => page.dispatch({ type: 'view', change: { hiddenEdges: toggled(page.state().view.hiddenEdges, kind) } }) },
          },
          edgePicture(kind, colours),
          element('span', { text: EDGE_NAMES[kind] }),
          element('span', { class: 'legend-figure', text: `≤ ${figure}` }),
        );
      }),
    );
  };

  const drawOpen = (state: PageState): void => {
    setAttributes(toggle, { 'aria-expanded': String(isOpen(state)) });
    more.hidden = !isOpen(state);
  };
  room.addEventListener('change', () => drawOpen(page.state()));

  return {
    element: legend,
    update(state, before) {
      legend.hidden = state.shown === null;
      drawOpen(state);
      const changed = state.shown !== before?.shown || state.theme !== before.theme;
      if (changed || state.view.colourBy !== before.view.colourBy) drawScale(state);
      if (changed || state.insights.neurons !== before.insights.neurons) drawNodes(state);
      if (changed || state.view.hiddenEdges !== before.view.hiddenEdges) {
        const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['testid'] : undefined;
        const within = edges.contains(document.activeElement);
        drawEdges(state);
        if (within) edges.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus();
      }
    },
  };
}

/** Size of a legend's pictures. */
export const PICTURE = { width: 26, height: 12, ratio: 2 } as const;

/** A picture in a legend, drawn as the canvas draws. */
export function legendPicture(draw: (ctx: CanvasRenderingContext2D) => void): HTMLCanvasElement {
  const canvas = element('canvas', {
    class: 'legend-picture',
    attributes: { width: PICTURE.width * PICTURE.ratio, height: PICTURE.height * PICTURE.ratio, 'aria-hidden': 'true' },
  });
  const ctx = canvas.getContext('2d');
  if (ctx !== null) {
    ctx.scale(PICTURE.ratio, PICTURE.ratio);
    draw(ctx);
  }
  return canvas;
}

/** A shape as the drawing has it, in little. */
function shapePicture(shape: Shape, colour: string, rest: boolean): HTMLCanvasElement {
  return legendPicture((ctx) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.25;
    if (rest) ctx.setLineDash([3, 2]);
    ctx.stroke(outline(shape, PICTURE.width / 2, PICTURE.height / 2, PICTURE.width - 2, PICTURE.height - 2));
  });
}

/** A box with the second outline of always-active neurons, in little. */
function alwaysPicture(colour: string): HTMLCanvasElement {
  return legendPicture((ctx) => {
    ctx.strokeStyle = colour;
    for (const inset of [1, 3.5])
      ctx.stroke(outline('box', PICTURE.width / 2, PICTURE.height / 2, PICTURE.width - 2 * inset, PICTURE.height - 2 * inset));
  });
}

/** A line as the drawing has it. Signed kinds show both signs, attention shows how it fades. */
function edgePicture(kind: EdgeKind, colours: EdgeColours): HTMLCanvasElement {
  return legendPicture((ctx) => {
    const line = (colour: string, y: number, dashed: boolean): void => {
      ctx.strokeStyle = colour;
      ctx.setLineDash(dashed ? [4, 3] : []);
      ctx.beginPath();
      ctx.moveTo(0, y);
      ctx.lineTo(PICTURE.width, y);
      ctx.stroke();
    };
    const middle = PICTURE.height / 2;
    ctx.lineWidth = 3;
    switch (kind) {
      case 'residual':
        return line(colours.residual, middle, false);
      case 'norm':
        return line(colours.norm, middle, false);
      case 'attention': {
        const fade = ctx.createLinearGradient(0, 0, PICTURE.width, 0);
        fade.addColorStop(0, `${colours.attention}30`);
        fade.addColorStop(1, colours.attention);
        ctx.fillStyle = fade;
        ctx.fillRect(0, middle - 1.5, PICTURE.width, 3);
        return;
      }
      case 'contribution':
      case 'coefficient':
        ctx.lineWidth = 2;
        line(colours.positive, middle - 3, false);
        line(colours.negative, middle + 3, true);
        return;
    }
  });
}
