/** The first view: the answer, what happened in a sentence, and the map of the whole pass. */
import * as l10n from '@vscode/l10n';
import { nothing, render } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { nodeId } from '#core/format/node-id';
import type { Story } from '#core/insight/story';
import { itemsOf, layerOf, type StoryItem } from '#core/present/story-layout';
import { storyNotes, type StoryPhrase } from '#core/present/story-words';
import { html } from '../../lib/dom/html';
import { element } from '../../lib/dom/element';
import { PALETTES } from '../../lib/colour/palettes';
import { placeCard } from '../../lib/dom/place-card';
import { createStoryMap, type StoryTarget } from '../../graph/story-map';
import { createAnswered, createWaiting } from '../../parts/answer';
import { createHeading } from '../../parts/heading';
import type { Screen } from '../../parts/screen';
import { createTarget, createTargetProblem } from '../../parts/target';
import { storyPicture } from '../../picture/story-picture';
import { insightOf } from '../../state/insight-state';
import type { Page } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { createStoryAnswer, type CanGo } from './story-answer';
import { storyAlone } from './story-alone';
import { createStoryCauses } from './story-causes';
import { causesSoFar } from './causes-state';
import { itemText, storyCard } from './story-card';
import { storyTable } from './story-table';

const STORY = { of: 'story' } as const;

export function createStoryScreen(page: Page): Screen {
  const [heading, target, targetProblem] = [createHeading(), createTarget(page), createTargetProblem(page)];
  const waiting = createWaiting(page, STORY, l10n.t('Inspecting every layer'));
  /** what the engine has answered, and the same with the hops that came later */
  let told: Story | null = null;
  let story: Story | null = null;
  let marked: number | null = null;

  /** Whether the flow graph of a layer can be shown: a file does not hold every layer, nor every position. */
  const canGo: CanGo = (layer, position) => {
    const graph = page.state().shown?.graph;
    return page.live || (graph !== undefined && graph.layers.includes(layer) && (position ?? graph.position) === graph.position);
  };
  /** Opens the flow graph of a layer, with a head or what it reads pinned. */
  const go = (of: NonNullable<StoryPhrase['of']>, position?: number): void => {
    const { layer, head } = of;
    const { request, shown, view } = page.state();
    if (!canGo(layer, position)) return;
    page.dispatch({ type: 'view', change: { tab: 'graph', mode: 'graph' } });
    const pin = pinOf(of);
    if (!view.pinned.includes(pin)) page.dispatch({ type: 'togglePin', id: pin });
    // The head is drawn for certain where all are.
    const allHeads =
      head !== undefined && request !== null && shown !== null && request.counts.heads < shown.graph.model.nHeads
        ? { counts: { ...request.counts, heads: 0 } }
        : {};
    page.ask({ layers: { from: layer, to: layer }, ...allHeads, ...(position !== undefined && { position }) });
  };
  const open = (target: StoryTarget): void => {
    if (target.kind === 'token') return page.ask({ position: target.position });
    if (target.kind === 'layer') return go({ layer: target.layer });
    const item = items()[target.index];
    if (item === undefined) return;
    const { layer, source, heads } = 'read' in item ? item.read : item.hop;
    go({ layer, source, ...(heads[0] && { head: heads[0].head }) }, 'hop' in item ? item.hop.position : undefined);
  };

  const map = createStoryMap<Story>({
    hover: (target) => {
      mark(target?.kind === 'read' ? target.index : null);
      lightUp(target?.kind === 'token' ? target.position : markedSource());
    },
    choose: open,
    opens: (target) => {
      if (target.kind === 'token') return page.live;
      if (target.kind === 'layer') return canGo(target.layer);
      const item = items()[target.index];
      if (item === undefined) return false;
      return 'read' in item ? canGo(item.read.layer) : canGo(item.hop.layer, item.hop.position);
    },
  });
  const answer = createStoryAnswer(page, go, canGo);
  const causes = createStoryCauses(page, go, canGo);
  const card = element('div', { class: 'story-card', testId: 'story-card', attributes: { hidden: true } });
  const spoken = element('div', { class: 'unseen', attributes: { 'aria-live': 'polite' } });
  const table = element('div', {});
  const footer = element('div', { class: 'story-footer' });
  const alone = element('div', {});
  const notes = element('p', { class: 'story-notes', testId: 'story-notes' });

  const items = (): readonly StoryItem[] => {
    const layout = map.layout();
    return layout === null ? [] : itemsOf(layout);
  };
  const sourceOf = (item: StoryItem | undefined): number | null =>
    item === undefined ? null : 'read' in item ? item.read.source : item.hop.source;
  const draw = (): void => {
    const { view, theme } = page.state();
    if (story !== null) map.show(story, { kept: view.storyKept, theme, marked });
  };
  const markedSource = (): number | null => (marked === null ? null : sourceOf(items()[marked]));
  /** The token of the prompt that the editor lights up. */
  const lightUp = (token: number | null): void => {
    if (page.state().hoveredToken !== token) page.dispatch({ type: 'hoverToken', token });
  };
  const mark = (index: number | null): void => {
    if (index === marked) return;
    marked = index;
    draw();
    const dot = index === null ? undefined : items()[index];
    lightUp(markedSource());
    card.hidden = dot === undefined;
    if (dot === undefined || story === null || index === null) return;
    render(storyCard(story, dot), card);
    spoken.textContent = itemText(story, dot);
    const [node, area] = [map.locate(index), stage.getBoundingClientRect()];
    if (node === null) return;
    const label = 'label' in dot ? dot.label : null;
    // The label belongs to the dot: the card is beside both.
    const left = label === null ? node.left : Math.min(node.left, node.left + dot.radius - dot.x + label.x);
    const right =
      label === null ? node.left + node.width : Math.max(node.left + node.width, node.left + dot.radius - dot.x + label.x + label.width);
    const box = placeCard({ ...node, left, width: right - left }, { width: card.offsetWidth, height: card.offsetHeight }, area, []);
    card.style.left = `${box.left - area.left}px`;
    card.style.top = `${box.top - area.top}px`;
  };

  /** The next read in a direction: along its layer, or the nearest one of the next layer that has any. */
  const step = (key: string): void => {
    const all = items();
    const from = marked === null ? undefined : all[marked];
    if (from === undefined) return mark(all.length > 0 ? 0 : null);
    const sideways = key === 'ArrowLeft' || key === 'ArrowRight';
    const sign = key === 'ArrowLeft' || key === 'ArrowUp' ? -1 : 1;
    const along = (dot: StoryItem): number => sign * (sideways ? dot.x - from.x : dot.y - from.y);
    const candidates = all.filter((dot) => along(dot) > 0 && (!sideways || layerOf(dot) === layerOf(from)));
    const far = (dot: StoryItem): number => 1000 * along(dot) + Math.abs(sideways ? dot.y - from.y : dot.x - from.x);
    const next = candidates.reduce<StoryItem | null>((best, dot) => (best === null || far(dot) < far(best) ? dot : best), null);
    if (next !== null) mark(all.indexOf(next));
  };
  map.element.addEventListener('keydown', (event) => {
    if (event.key.startsWith('Arrow')) step(event.key);
    else if (event.key === 'Enter' && marked !== null) open({ kind: 'read', index: marked });
    else if (event.key === 'Escape' && marked !== null) mark(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const found = element(
    'div',
    { class: 'story', attributes: { hidden: true } },
    answer.element,
    map.element,
    card,
    table,
    spoken,
    causes.element,
    alone,
    notes,
    footer,
  );
  const stage = element('main', { class: 'main' }, element('div', { class: 'stage story-stage' }, waiting.element, found));
  const answered = createAnswered<Story>(found, waiting);

  const keep = ({ currentTarget }: Event): void =>
    page.dispatch({ type: 'view', change: { storyKept: Number((currentTarget as HTMLInputElement).value) / 100 } });
  const showFooter = ({ view, theme }: PageState): void => {
    const percent = Math.round(view.storyKept * 100);
    const { families } = PALETTES[theme.kind];
    footer.style.setProperty('--story-attention', families.attention);
    footer.style.setProperty('--story-mlp', families.feedForward);
    render(
      html`<label
          class="control"
          title=${l10n.t('Reads are drawn strongest first, until they reach this part of all that is read, for and against')}
        >
          <span class="control-label">${l10n.t('Shown')}</span>
          <input
            data-testid="story-kept"
            type="range"
            min="10"
            max="95"
            step="5"
            aria-label=${l10n.t('Show the reads that account for this part of what is read, in percent')}
            .value=${live(String(percent))}
            @input=${keep}
          />
          <span class="story-kept">${l10n.t`${percent} % of what is read`}</span>
        </label>
        <span class="story-key"
          ><span class="story-for"></span>${l10n.t('for')}<span class="story-against"></span>${l10n.t('against')}</span
        >
        ${
          story?.hops?.length
            ? html`<span
                class="story-key"
                title=${l10n.t('What is read was brought to that token by what earlier layers read there; estimated effects')}
                ><span class="story-hop"></span>${l10n.t('brought there')}</span
              >`
            : nothing
        }
        <span class="story-key"
          ><span class="story-attention"></span>${l10n.t('attention')}<span class="story-mlp"></span>${l10n.t('feed-forward')}</span
        >`,
      footer,
    );
  };

  return {
    element: element(
      'div',
      { class: 'screen' },
      element(
        'header',
        { class: 'header story-header' },
        element('h1', { class: 'unseen', text: l10n.t('Story of a forward pass') }),
        ...(page.live ? [target.element] : []),
        heading.element,
        targetProblem.element,
      ),
      stage,
    ),
    stage,
    drawing: null,
    picture(theme, measure) {
      const layout = map.layout();
      return story && layout && storyPicture(story, layout, page.state().view.storyKept, theme, measure);
    },
    update(state, before) {
      for (const part of [heading, target, targetProblem, causes]) part.update(state, before);
      const asked = insightOf<'story'>(state.insights, STORY);
      const value = answered.update(asked, state);
      if (value === null) return;
      if (value !== told) {
        told = value;
        story = value;
        marked = null;
        card.hidden = true;
        answer.show(value);
        notes.textContent = storyNotes(value).join(' ');
      }
      // Hops come with the candidates for causes: both take the same way back through the pass.
      const hops = causesSoFar(state.insights)?.found.hops;
      const isNew = hops !== story?.hops;
      if (isNew) {
        story = { ...value, ...(hops && { hops }) };
        mark(null);
      }
      showFooter(state);
      const changed = before === null || isNew || state.insights.story !== before.insights.story || state.theme !== before.theme;
      const redrawn = changed || state.view.storyKept !== before.view.storyKept;
      if (redrawn) draw();
      const layout = map.layout();
      render(story === null || layout === null ? nothing : storyAlone(page, story, layout), alone);
      if (!redrawn) return;
      render(layout === null || story === null ? nothing : storyTable(story, layout), table);
    },
  };
}

/** The node that stands for what a phrase names. */
function pinOf({ layer, head, source, mlp }: NonNullable<StoryPhrase['of']>): string {
  if (mlp) return nodeId.mlpOut(layer);
  if (head === undefined) return nodeId.residPost(layer);
  return source === undefined ? nodeId.headOut(layer, head) : nodeId.headValue(layer, head, source);
}
