/**
 * The map of a story, of one pass or of the difference of two, as it is explored: what is under the pointer, or was walked to by
 * keyboard, has a card beside it and is spoken; the whole is also there as a table.
 */
import { nothing, render, type TemplateResult } from 'lit-html';
import type { AnyStory } from '#core/present/mapped-story';
import { foldNotes, foldTitle } from '#core/present/fold-words';
import { layerOf, marksOf, type StoryItem, type StoryLayout, type StoryMark } from '#core/present/story-layout';
import type { StoryFold } from '#core/present/story-rows';
import { createStoryMap, type StoryMap, type StoryTarget } from '../graph/story-map';
import { element } from '../lib/dom/element';
import { html } from '../lib/dom/html';
import { placeCard } from '../lib/dom/place-card';
import type { Theme } from '../lib/theme/theme';

type ReadOf<S extends AnyStory> = S['reads'][number];

/** What was clicked, or chosen with Enter. */
export type StoryChoice<S extends AnyStory> =
  | Exclude<StoryTarget, { readonly kind: 'mark' }>
  | { readonly kind: 'item'; readonly item: StoryItem<ReadOf<S>> };

/** What a board shows of its story, and what becomes of what is done on it. */
export interface StoryBoardOptions<S extends AnyStory> {
  /** the map’s name for screen readers */
  readonly label: string;
  readonly card: (story: S, item: StoryItem<ReadOf<S>>) => TemplateResult;
  /** the same as text */
  readonly text: (story: S, item: StoryItem<ReadOf<S>>) => string;
  readonly table: (story: S, layout: StoryLayout<ReadOf<S>>) => TemplateResult;
  /** A column of the prompt is pointed at, or what is marked reads there; null: none. */
  readonly lightUp: (source: number | null) => void;
  readonly choose: (choice: StoryChoice<S>) => void;
  /** Whether there is something to be seen where a choice leads; absent: always. */
  readonly opens?: (choice: StoryChoice<S>) => boolean;
}

/** See the head of this file. */
export interface StoryBoard<S extends AnyStory> {
  readonly map: HTMLElement;
  /** card, table, and what is spoken, for an element that cards are placed in */
  readonly beside: readonly HTMLElement[];
  /** Draws a story. @param look.kept part of Σ |share| of all reads that is drawn */
  show(story: S, look: { readonly kept: number; readonly theme: Theme }): void;
  /** What is drawn now; null: nothing yet. */
  layout(): ReturnType<StoryMap<S>['layout']>;
}

export function createStoryBoard<S extends AnyStory>(options: StoryBoardOptions<S>): StoryBoard<S> {
  let now: { readonly story: S; readonly look: Parameters<StoryBoard<S>['show']>[1] } | null = null;
  let marked: number | null = null;
  /** layers whose runs were opened */
  let opened: ReadonlySet<number> = new Set();
  const card = element('div', { class: 'story-card', testId: 'story-card', attributes: { hidden: true } });
  const spoken = element('div', { class: 'unseen', attributes: { 'aria-live': 'polite' } });
  const table = element('div', {});

  const choiceOf = (target: StoryTarget): StoryChoice<S> | StoryFold | null => {
    if (target.kind !== 'mark') return target;
    const item = marks()[target.index];
    return item === undefined ? null : 'open' in item ? item : { kind: 'item', item };
  };
  const opens = (target: StoryTarget): boolean => {
    const choice = choiceOf(target);
    return choice !== null && ('open' in choice || (options.opens?.(choice) ?? true));
  };
  const choose = (target: StoryTarget): void => {
    const choice = choiceOf(target);
    if (choice === null || !opens(target)) return;
    if ('open' in choice) toggle(choice);
    else options.choose(choice);
  };
  /** Opens a run of layers, or folds it again; what was pointed at still is. */
  const toggle = ({ first, last, open }: StoryFold): void => {
    const run = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    opened = new Set(open ? [...opened].filter((layer) => !run.includes(layer)) : [...opened, ...run]);
    mark(null);
    redraw();
    const index = marks().findIndex((each) => 'open' in each && each.last === last);
    if (index >= 0) mark(index);
  };
  const map = createStoryMap<S>({
    label: options.label,
    hover: (target) => {
      mark(target?.kind === 'mark' ? target.index : null);
      options.lightUp(target?.kind === 'token' ? target.position : markedSource());
    },
    choose,
    opens,
  });

  const marks = (): readonly StoryMark<ReadOf<S>>[] => {
    const layout = map.layout();
    return layout === null ? [] : marksOf<ReadOf<S>>(layout);
  };
  const markedSource = (): number | null => {
    const item = marked === null ? undefined : marks()[marked];
    return item === undefined || 'open' in item ? null : 'read' in item ? item.read.source : item.hop.source;
  };
  const draw = (): void => {
    if (now !== null) map.show(now.story, { ...now.look, marked, opened });
  };
  /** Draws it, and writes its table again. */
  const redraw = (): void => {
    draw();
    const layout = map.layout();
    render(layout === null || now === null ? nothing : options.table(now.story, layout), table);
  };
  const mark = (index: number | null): void => {
    if (index === marked) return;
    marked = index;
    draw();
    const item = index === null ? undefined : marks()[index];
    options.lightUp(markedSource());
    card.hidden = item === undefined;
    if (item === undefined || now === null || index === null) return;
    render('open' in item ? foldCard(now.story, item) : options.card(now.story, item), card);
    spoken.textContent = 'open' in item ? foldText(now.story, item) : options.text(now.story, item);
    place(index);
  };
  const place = (index: number): void => {
    const [node, area] = [map.locate(index), (card.offsetParent ?? card).getBoundingClientRect()];
    if (node === null) return;
    // All of the row is about it: label, stroke, and what the layer says and adds. The card is above or below.
    const row = { top: node.top, height: node.height, left: area.left, width: area.width };
    const box = placeCard(node, { width: card.offsetWidth, height: card.offsetHeight }, area, [row]);
    card.style.left = `${box.left - area.left}px`;
    card.style.top = `${box.top - area.top}px`;
  };

  /** The next read in a direction: along its layer, or the nearest one of the next layer that has any. */
  const step = (key: string): void => {
    const all = marks();
    const from = marked === null ? undefined : all[marked];
    const walkTo = (index: number): void => {
      map.reveal(index);
      mark(index);
    };
    if (from === undefined) return all.length > 0 ? walkTo(0) : undefined;
    const sideways = key === 'ArrowLeft' || key === 'ArrowRight';
    const sign = key === 'ArrowLeft' || key === 'ArrowUp' ? -1 : 1;
    // A fold is as wide as the map: from wherever one comes, it is next.
    const xOf = (item: StoryMark<ReadOf<S>>): number => ('open' in item ? ('open' in from ? 0 : from.x) : item.x);
    const rowOf = (item: StoryMark<ReadOf<S>>): string => ('open' in item ? `fold ${item.last}` : `layer ${layerOf(item)}`);
    const along = (item: StoryMark<ReadOf<S>>): number => sign * (sideways ? xOf(item) - xOf(from) : item.y - from.y);
    const far = (item: StoryMark<ReadOf<S>>): number => 1000 * along(item) + Math.abs(sideways ? item.y - from.y : xOf(item) - xOf(from));
    const next = all
      .filter((item) => along(item) > 0 && (!sideways || rowOf(item) === rowOf(from)))
      .reduce<StoryMark<ReadOf<S>> | null>((best, item) => (best === null || far(item) < far(best) ? item : best), null);
    if (next !== null) walkTo(all.indexOf(next));
  };
  map.element.addEventListener('keydown', (event) => {
    if (event.key.startsWith('Arrow')) step(event.key);
    else if (event.key === 'Enter' && marked !== null) choose({ kind: 'mark', index: marked });
    else if (event.key === 'Escape' && marked !== null) mark(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    map: map.element,
    beside: [card, table, spoken],
    show(story, look) {
      if (now !== null && now.story !== story) mark(null);
      // Another pass has other runs; hops that come later belong to the same.
      if (now !== null && now.story.layers !== story.layers) opened = new Set();
      now = { story, look };
      redraw();
    },
    layout: () => map.layout(),
  };
}

/** The card of a run of layers. */
function foldCard(story: AnyStory, fold: StoryFold): TemplateResult {
  return html`<div class="story-card-title">${foldTitle(fold)}</div>
    ${foldNotes(story, fold).map((note) => html`<div class="story-card-note">${note}</div>`)}`;
}

/** The same as text. */
function foldText(story: AnyStory, fold: StoryFold): string {
  return [`${foldTitle(fold)}.`, ...foldNotes(story, fold)].join(' ');
}
