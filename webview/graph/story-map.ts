/**
 * The map of a story on vis-network: a node for each read and each cell of the stream, an edge for each stroke between them. It is
 * as large as its place, so the camera never moves; a map that is taller is scrolled with what lies around it.
 */
import { DataSet } from 'vis-data/esnext';
import type { Edge } from 'vis-network/esnext';
import type { AnyRead, AnyStory } from '#core/present/mapped-story';
import { STORY_FONTS, type MeasureText, type StoryFont } from '#core/present/story-dots';
import { itemsOf, layoutStory, marksOf, type StoryItem, type StoryLayout } from '#core/present/story-layout';
import { element } from '../lib/dom/element';
import type { Rect } from '../lib/dom/place-card';
import type { Theme } from '../lib/theme/theme';
import { createNetwork, withoutDrawing } from './network';
import { routeThrough } from '#core/present/story-route';
import { paintCell } from './story-cells';
import { paintFold } from './story-fold';
import { fontOf, inkOf, paintDot, paintStory, storyColours, type StoryLook } from './story-paint';
import { watchSize } from './watch-size';

/** What is pointed at. */
export type StoryTarget =
  /** a read, a hop or a fold, by its place among the layout's marks */
  | { readonly kind: 'mark'; readonly index: number }
  | { readonly kind: 'layer'; readonly layer: number }
  | { readonly kind: 'token'; readonly position: number };

export interface StoryMapOptions {
  /** for screen readers */
  readonly label: string;
  readonly hover: (target: StoryTarget | null) => void;
  readonly choose: (target: StoryTarget) => void;
  /** Whether there is something to be seen where it leads: what does not open is not offered. */
  readonly opens: (target: StoryTarget) => boolean;
}

/** How a map shows its story. */
export interface StoryMapLook {
  /** part of Σ |share| of all reads that is drawn */
  readonly kept: number;
  readonly theme: Theme;
  /** what is pointed at, by its place among the layout's marks */
  readonly marked: number | null;
  /** layers that are not folded */
  readonly opened: ReadonlySet<number>;
}

/** See the head of this file. */
export interface StoryMap<S extends AnyStory> {
  readonly element: HTMLElement;
  /** Draws a story. */
  show(story: S, look: StoryMapLook): void;
  /** What is drawn now; null: nothing yet. */
  layout(): StoryLayout<S['reads'][number]> | null;
  /** The box of a mark in client pixels. */
  locate(index: number): Rect | null;
  /** Scrolls to a mark that is out of view. */
  reveal(index: number): void;
}

/** Pixels of the frame that no map takes. */
const RIM = 2;
/** Pixels around a dot in which it is pointed at. */
const REACH = 8;

export function createStoryMap<S extends AnyStory>({ label, hover, choose, opens }: StoryMapOptions): StoryMap<S> {
  const container = element('div', {
    class: 'story-map',
    testId: 'story-map',
    attributes: { role: 'application', tabindex: 0, 'aria-label': label },
  });
  const frame = element('div', { class: 'story-frame' }, container);
  const network = createNetwork(container);
  network.setOptions({ interaction: { dragView: false, zoomView: false } });
  const measure = textMeasure();
  let now: { readonly story: S; readonly look: StoryMapLook } | null = null;
  let layout: StoryLayout<S['reads'][number]> | null = null;
  let strokes = new DataSet<Edge>();

  /** How things look now: the way through what is pointed at. */
  const lookNow = (look: Pick<StoryLook, 'theme'>): StoryLook => {
    const marked = now?.look.marked ?? null;
    const items = layout === null ? [] : itemsOf(layout);
    return marked === null || marked >= items.length
      ? { theme: look.theme, marked }
      : { theme: look.theme, marked, route: routeThrough(items, marked) };
  };
  const strokeOf = (look: Pick<StoryLook, 'theme'>, i: number): { readonly color: string; readonly inherit: false } => {
    const { downStroke, upStroke } = storyColours(look.theme, inkOf(lookNow(look), i));
    return { color: (layout?.dots[i]?.read.share ?? 0) < 0 ? downStroke : upStroke, inherit: false };
  };

  /** As high as the place in which it is shown lets it be, but no higher than it needs: rows do not grow without end. */
  const limitHeight = (least: number, most: number): void => {
    frame.style.minHeight = `${least + RIM}px`;
    frame.style.maxHeight = `${most + RIM}px`;
  };

  const load = (): void => {
    if (now === null || frame.clientWidth === 0) return;
    const { story, look } = now;
    // What an earlier layout took is not what there is room for.
    limitHeight(0, Number.MAX_SAFE_INTEGER);
    const { clientWidth: width, clientHeight: height } = frame;
    const placed = layoutStory<S['reads'][number]>(story, { width, height: height - RIM }, look.kept, measure, look.opened);
    limitHeight(placed.height > height - RIM ? placed.height : 0, placed.mostHeight);
    layout = placed;
    container.style.height = `${placed.height}px`;
    network.setSize(`${width}px`, `${placed.height}px`);
    const cell = (layer: number): string => `layer ${layer}`;
    strokes = new DataSet<Edge>(
      placed.dots.map((dot, i) => ({ id: i, from: `read ${i}`, to: cell(dot.read.layer), width: dot.stroke, color: strokeOf(look, i) })),
    );
    const nodes = new DataSet([
      ...placed.rows.map((row) => ({
        id: cell(row.last),
        x: placed.stream.left,
        y: row.y + row.height / 2,
        shape: 'custom' as const,
        size: 1,
        ctxRenderer: ({ ctx }: { ctx: CanvasRenderingContext2D }) => ({
          drawNode: () => paintCell(ctx, story, placed, row, now?.look ?? look),
        }),
      })),
      ...placed.folds.map((fold, i) => ({
        id: `fold ${i}`,
        x: 0,
        y: fold.y,
        shape: 'custom' as const,
        size: 1,
        ctxRenderer: ({ ctx }: { ctx: CanvasRenderingContext2D }) => ({
          drawNode: () => paintFold(ctx, story, placed, fold, look, now?.look.marked === placed.dots.length + placed.lines.length + i),
        }),
      })),
      ...placed.dots.map((dot, i) => ({
        id: `read ${i}`,
        x: dot.x,
        y: dot.y,
        shape: 'custom' as const,
        size: dot.radius,
        ctxRenderer: ({ ctx }: { ctx: CanvasRenderingContext2D }) => ({
          drawNode: () => paintDot(ctx, dot, placed, lookNow(look), i),
        }),
      })),
    ]);
    withoutDrawing(network, () => {
      network.setData({ nodes, edges: strokes });
      network.moveTo({ position: { x: width / 2, y: placed.height / 2 }, scale: 1, animation: false });
    });
    network.redraw();
  };

  network.on('beforeDrawing', (ctx: CanvasRenderingContext2D) => {
    if (now !== null && layout !== null) paintStory(ctx, now.story, layout, lookNow(now.look));
  });
  watchSize(frame, load);

  const at = (event: { readonly clientX: number; readonly clientY: number }): StoryTarget | null => {
    if (layout === null) return null;
    const box = container.getBoundingClientRect();
    return targetAt(layout, event.clientX - box.left, event.clientY - box.top);
  };
  container.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'touch') return;
    const target = at(event);
    container.classList.toggle('on-node', target !== null && opens(target));
    hover(target);
  });
  container.addEventListener('pointerleave', () => hover(null));
  container.addEventListener('click', (event) => {
    const target = at(event);
    if (target !== null && opens(target)) choose(target);
  });

  const locate = (index: number): Rect | null => {
    const dot = layout === null ? undefined : marksOf(layout)[index];
    if (dot === undefined || layout === null) return null;
    const box = container.getBoundingClientRect();
    if ('open' in dot) return { left: box.left, top: box.top + dot.y, width: layout.stream.left, height: dot.height };
    return { left: box.left + dot.x - dot.radius, top: box.top + dot.y - dot.radius, width: 2 * dot.radius, height: 2 * dot.radius };
  };

  return {
    element: frame,
    show(story, look) {
      const before = now?.look;
      const same = now?.story === story && before?.kept === look.kept && before.theme === look.theme && before.opened === look.opened;
      now = { story, look };
      if (same) {
        withoutDrawing(network, () => strokes.update(strokes.getIds().map((id) => ({ id, color: strokeOf(look, Number(id)) }))));
        return network.redraw();
      }
      load();
    },
    layout: () => layout,
    locate,
    reveal(index) {
      const [box, view] = [locate(index), frame.parentElement];
      if (box === null || view === null || layout === null) return;
      const { top, bottom } = view.getBoundingClientRect();
      // With the rows beside it.
      const [above, below] = [box.top - layout.rowHeight - top, box.top + box.height + layout.rowHeight - bottom];
      if (above < 0) view.scrollTop += above;
      else if (below > 0) view.scrollTop += below;
    },
  };
}

/** A dot, a fold, or the row of a layer, or a token of the prompt. A dot is also meant by its label. */
export function targetAt(layout: StoryLayout<AnyRead>, x: number, y: number): StoryTarget | null {
  const { prompt, columns, rows, folds, rowHeight } = layout;
  if (y >= prompt.top) {
    const column = columns.find((each) => Math.abs(each.x - x) <= each.width / 2);
    return column !== undefined && column.first === column.last && y < prompt.top + prompt.height
      ? { kind: 'token', position: column.first }
      : null;
  }
  const isAt = (each: { readonly y: number; readonly height: number }): boolean => y >= each.y && y < each.y + each.height;
  const items = itemsOf(layout);
  const fold = folds.findIndex(isAt);
  if (fold >= 0) return { kind: 'mark', index: items.length + fold };
  const index = nearestItem(items, x, y, rowHeight);
  if (index !== null) return { kind: 'mark', index };
  const row = rows.find(isAt);
  return row !== undefined && (x >= layout.stream.left || x < (columns[0]?.x ?? 0) - (columns[0]?.width ?? 0) / 2)
    ? { kind: 'layer', layer: row.last }
    : null;
}

function nearestItem(items: readonly StoryItem<AnyRead>[], x: number, y: number, rowHeight: number): number | null {
  let best: { readonly index: number; readonly distance: number } | null = null;
  items.forEach((dot, index) => {
    if (Math.abs(dot.y - y) > rowHeight / 2) return;
    const label = 'label' in dot ? dot.label : null;
    const inLabel = label !== null && x >= label.x && x <= label.x + label.width;
    const distance = inLabel ? 0 : Math.max(0, Math.abs(dot.x - x) - dot.radius);
    if (distance <= REACH && (best === null || distance < best.distance)) best = { index, distance };
  });
  return (best as { readonly index: number } | null)?.index ?? null;
}

function textMeasure(): MeasureText {
  const context = document.createElement('canvas').getContext('2d');
  return (text: string, font: StoryFont) => {
    if (context === null) return text.length * STORY_FONTS[font].size * 0.62;
    context.font = fontOf(font);
    return context.measureText(text).width;
  };
}
