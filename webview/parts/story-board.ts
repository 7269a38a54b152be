/**
 * The map of a story, of one pass or of the difference of two, as it is explored: what is under the pointer, or was walked to by
 * keyboard, has a card beside it and is spoken; the whole is also there as a table.
 */
import { nothing, render, type TemplateResult } from 'lit-html';
import type { AnyStory } from '#core/present/mapped-story';
import { itemsOf, layerOf, type StoryItem, type StoryLayout } from '#core/present/story-layout';
import { createStoryMap, type StoryMap, type StoryTarget } from '../graph/story-map';
import { element } from '../lib/dom/element';
import { placeCard } from '../lib/dom/place-card';
import type { Theme } from '../lib/theme/theme';

type ReadOf<S extends AnyStory> = S['reads'][number];

/** What was clicked, or chosen with Enter. */
export type StoryChoice<S extends AnyStory> =
  Exclude<StoryTarget, { readonly kind: 'read' }> | { readonly kind: 'item'; readonly item: StoryItem<ReadOf<S>> };

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
  const card = element('div', { class: 'story-card', testId: 'story-card', attributes: { hidden: true } });
  const spoken = element('div', { class: 'unseen', attributes: { 'aria-live': 'polite' } });
  const table = element('div', {});

  const choiceOf = (target: StoryTarget): StoryChoice<S> | null => {
    if (target.kind !== 'read') return target;
    const item = items()[target.index];
    return item === undefined ? null : { kind: 'item', item };
  };
  const opens = (target: StoryTarget): boolean => {
    const choice = choiceOf(target);
    return choice !== null && (options.opens?.(choice) ?? true);
  };
  const choose = (target: StoryTarget): void => {
    const choice = choiceOf(target);
    if (choice !== null && opens(target)) options.choose(choice);
  };
  const map = createStoryMap<S>({
    label: options.label,
    hover: (target) => {
      mark(target?.kind === 'read' ? target.index : null);
      options.lightUp(target?.kind === 'token' ? target.position : markedSource());
    },
    choose,
    opens,
  });

  const items = (): readonly StoryItem<ReadOf<S>>[] => {
    const layout = map.layout();
    return layout === null ? [] : itemsOf<ReadOf<S>>(layout);
  };
  const markedSource = (): number | null => {
    const item = marked === null ? undefined : items()[marked];
    return item === undefined ? null : 'read' in item ? item.read.source : item.hop.source;
  };
  const draw = (): void => {
    if (now !== null) map.show(now.story, { ...now.look, marked });
  };
  const mark = (index: number | null): void => {
    if (index === marked) return;
    marked = index;
    draw();
    const item = index === null ? undefined : items()[index];
    options.lightUp(markedSource());
    card.hidden = item === undefined;
    if (item === undefined || now === null || index === null) return;
    render(options.card(now.story, item), card);
    spoken.textContent = options.text(now.story, item);
    place(item, index);
  };
  const place = (item: StoryItem<ReadOf<S>>, index: number): void => {
    const [node, area] = [map.locate(index), (card.offsetParent ?? card).getBoundingClientRect()];
    if (node === null) return;
    const label = 'label' in item ? item.label : null;
    // The label belongs to the dot: the card is beside both.
    const left = label === null ? node.left : Math.min(node.left, node.left + item.radius - item.x + label.x);
    const right =
      label === null ? node.left + node.width : Math.max(node.left + node.width, node.left + item.radius - item.x + label.x + label.width);
    const box = placeCard({ ...node, left, width: right - left }, { width: card.offsetWidth, height: card.offsetHeight }, area, []);
    card.style.left = `${box.left - area.left}px`;
    card.style.top = `${box.top - area.top}px`;
  };

  /** The next read in a direction: along its layer, or the nearest one of the next layer that has any. */
  const step = (key: string): void => {
    const all = items();
    const from = marked === null ? undefined : all[marked];
    const walkTo = (index: number): void => {
      map.reveal(index);
      mark(index);
    };
    if (from === undefined) return all.length > 0 ? walkTo(0) : undefined;
    const sideways = key === 'ArrowLeft' || key === 'ArrowRight';
    const sign = key === 'ArrowLeft' || key === 'ArrowUp' ? -1 : 1;
    const along = (item: StoryItem<ReadOf<S>>): number => sign * (sideways ? item.x - from.x : item.y - from.y);
    const far = (item: StoryItem<ReadOf<S>>): number => 1000 * along(item) + Math.abs(sideways ? item.y - from.y : item.x - from.x);
    const next = all
      .filter((item) => along(item) > 0 && (!sideways || layerOf(item) === layerOf(from)))
      .reduce<StoryItem<ReadOf<S>> | null>((best, item) => (best === null || far(item) < far(best) ? item : best), null);
    if (next !== null) walkTo(all.indexOf(next));
  };
  map.element.addEventListener('keydown', (event) => {
    if (event.key.startsWith('Arrow')) step(event.key);
    else if (event.key === 'Enter' && marked !== null) choose({ kind: 'read', index: marked });
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
      now = { story, look };
      draw();
      const layout = map.layout();
      render(layout === null ? nothing : options.table(story, layout), table);
    },
    layout: () => map.layout(),
  };
}
