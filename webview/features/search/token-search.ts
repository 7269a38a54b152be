/**
 * Looks for a token in the whole pass: a field, how many places list it, and the places, which lead to their nodes. A combobox after the
 * ARIA Authoring Practices; the engine is asked once for the prompt and position.
 */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { DEFAULT_COUNTS } from '#core/format/default-counts';
import type { FoundToken } from '#core/insight/token-search';
import { placeInWords } from '#core/present/place-words';
import { showToken } from '#core/text/token-text';
import type { Drawing } from '../../graph/drawing';
import { button } from '../../lib/controls/button';
import { partBar } from '../../lib/controls/figures-table';
import { element } from '../../lib/dom/element';
import { html } from '../../lib/dom/html';
import { formatNumber, formatProbability } from '../../lib/format/number';
import { waitingBox } from '../../parts/answer';
import type { Page, Part } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { whyNoSearch } from '../../state/selectors';
import { createSearcher, indexAsked } from './search-state';

/** Places that are listed; what is weaker is counted. */
const LISTED = 200;

/** @param drawing what is drawn on the screen, where what was found is brought into sight */
export function createTokenSearch(page: Page, drawing: () => Drawing | null): Part {
  const box = element('search', { class: 'search', testId: 'search', attributes: { 'aria-label': l10n.t('Find a token'), hidden: true } });
  const search = createSearcher();
  /** the option that the arrow keys are at */
  let active: number | null = null;
  /** the node that was gone to, which is let go of when the next one is */
  let pinned: string | null = null;
  /** the node that is to be brought into sight once its graph is there */
  let awaited: FoundToken['place'] | null = null;

  const field = (): HTMLInputElement | null => box.querySelector('input');
  const change = (to: Partial<NonNullable<PageState['search']>>): void => page.dispatch({ type: 'search', change: to });
  const close = (): void => {
    page.dispatch({ type: 'search', change: null });
    document.getElementById('visit-view')?.focus({ preventScroll: true });
  };

  /** Leads to a place: the flow graph of its layer and position, its node pinned. */
  const go = (at: number): void => {
    const found = search(page.state())[at];
    const { request, shown, view } = page.state();
    if (found === undefined || request === null || shown === null) return;
    const { place } = found;
    active = null;
    awaited = place;
    if (pinned !== null && pinned !== place.node && view.pinned.includes(pinned)) page.dispatch({ type: 'togglePin', id: pinned });
    pinned = place.node;
    change({ at, listed: false });
    page.dispatch({ type: 'view', change: { tab: 'graph', mode: 'graph' } });
    if (!page.state().view.pinned.includes(place.node)) page.dispatch({ type: 'togglePin', id: place.node });
    const { graph } = shown;
    // What is asked for and not here yet will take the place of what is shown.
    const stays = request === shown.request;
    if (stays && graph.nodes.some(({ id }) => id === place.node) && graph.position === place.position) return;
    // What was searched is what is drawn by default, and every head.
    const { counts } = request;
    const enough = {
      ...counts,
      heads: place.head === undefined ? counts.heads : 0,
      values: Math.max(counts.values, DEFAULT_COUNTS.values),
      top: Math.max(counts.top, DEFAULT_COUNTS.top),
      bottom: Math.max(counts.bottom, DEFAULT_COUNTS.bottom),
    };
    page.visit({ layers: { from: place.layer, to: place.layer }, position: place.position, counts: enough });
  };
  const step = (by: 1 | -1): void => {
    const state = page.state();
    const count = search(state).length;
    if (count === 0 || state.search === null) return;
    const { at } = state.search;
    go(at === null ? (by === 1 ? 0 : count - 1) : (at + by + count) % count);
  };
  const moveTo = (to: number): void => {
    active = to;
    change({ listed: true });
    box.querySelector(`#${optionId(to)}`)?.scrollIntoView({ block: 'nearest' });
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const count = Math.min(LISTED, search(page.state()).length);
    const now = active ?? page.state().search?.at ?? null;
    switch (event.key) {
      case 'ArrowDown':
        if (count > 0) moveTo(now === null ? 0 : (now + 1) % count);
        break;
      case 'ArrowUp':
        if (count > 0) moveTo(now === null ? count - 1 : (now - 1 + count) % count);
        break;
      case 'Enter':
        if (active !== null) go(active);
        else step(event.shiftKey ? -1 : 1);
        break;
      case 'Escape':
        close();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener('keydown', (event) => {
    if (!page.live || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'f') page.dispatch({ type: 'findToken' });
    else if (event.key === 'F3' && page.state().search !== null) step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    // VS Code, told of the key, would run the command for it, which takes the focus to the panel: what is typed meanwhile would be lost.
    event.stopPropagation();
  });

  const draw = (state: PageState): void => {
    if (state.search !== null) render(searchOf(state, state.search), box);
  };
  const searchOf = (state: PageState, { text, whole, position, at, listed }: NonNullable<PageState['search']>): TemplateResult => {
    const asked = indexAsked(state);
    const found = search(state);
    const idle = found.length === 0 ? (whyNoSearch(state) ?? l10n.t('No place is found.')) : undefined;
    const open = listed && found.length > 0;
    const current = at === null ? undefined : found[at];
    const tokens = state.shown?.graph.tokens ?? [];
    return html`<div class="search-bar">
        <input
          class="search-text"
          data-testid="search-text"
          type="text"
          role="combobox"
          spellcheck="false"
          autocomplete="off"
          placeholder=${l10n.t('Token or part of one')}
          aria-label=${l10n.t('Token to find in the whole pass')}
          aria-expanded=${open}
          aria-controls="visit-search-places"
          aria-autocomplete="list"
          aria-activedescendant=${open && active !== null ? optionId(active) : nothing}
          .value=${live(text)}
          @input=${(event: Event) => {
            active = null;
            change({ text: (event.currentTarget as HTMLInputElement).value });
          }}
          @keydown=${pressed}
        />
        <button
          class="mode search-whole"
          data-testid="search-whole"
          type="button"
          aria-pressed=${whole}
          title=${l10n.t('Find whole tokens only')}
          @click=${() => change({ whole: !whole })}
        >
          ${l10n.t('Whole')}
        </button>
        <button
          class="search-count"
          data-testid="search-count"
          type="button"
          aria-expanded=${open}
          title=${idle ?? l10n.t('List all places')}
          ?disabled=${found.length === 0}
          @click=${() => change({ listed: !listed })}
        >
          <span role="status">${countOf(state, found.length, at)}</span>
        </button>
        ${button({ label: l10n.t('Previous place (Shift+Enter)'), icon: 'up', testId: 'search-previous', disabled: idle, press: () => step(-1) })}
        ${button({ label: l10n.t('Next place (Enter)'), icon: 'down', testId: 'search-next', disabled: idle, press: () => step(1) })}
        ${button({ label: l10n.t('Close (Esc)'), icon: 'close', testId: 'search-close', press: close })}
        ${
          current === undefined || open
            ? nothing
            : html`<span class="search-current" data-testid="search-current" role="status"
                >${l10n.t`Layer ${String(current.place.layer)}`} · ${placeInWords(current.place, tokens)} · ${showToken(current.token)}
                #${String(current.rank)}${' '}${formatProbability(current.probability)}</span
              >`
        }
      </div>
      ${text === '' || state.shown === null ? nothing : waitingBox(page, { of: 'tokenIndex', position }, l10n.t('Reading every layer'), asked)}
      <div class="search-places" tabindex="0" ?hidden=${!open}>
        <ul id="visit-search-places" role="listbox" aria-label=${l10n.t('Places that list it, the most probable first')}>
          ${found.slice(0, LISTED).map((each, i) => option(each, i, i === (active ?? at), tokens))}
        </ul>
        <p class="search-note">
          ${found.length > LISTED ? l10n.t`The ${formatNumber(LISTED)} most probable of ${formatNumber(found.length)}.` : nothing}${' '}${l10n.t`Heads, rows and neurons are those at token ${formatNumber(position + 1)}${tokens[position] ? ` ‘${showToken(tokens[position])}’` : ''}.`}
          ${
            state.shown === null || state.shown.graph.position === position
              ? nothing
              : html`<button
                  class="link"
                  type="button"
                  data-testid="search-here"
                  @click=${() => change({ position: page.state().shown?.graph.position ?? position })}
                >
                  ${l10n.t('Search at the token that is shown')}
                </button>`
          }
        </p>
      </div>`;
  };
  const option = ({ place, token, rank, probability }: FoundToken, i: number, chosen: boolean, tokens: FoundTokens): TemplateResult => {
    const at = tokens[place.position];
    return html`<li
      id=${optionId(i)}
      class="search-place"
      data-testid="search-place-${i}"
      role="option"
      aria-selected=${chosen}
      @click=${() => go(i)}
    >
      <span class="search-layer">${l10n.t`Layer ${String(place.layer)}`}</span>
      <span class="search-where">${placeInWords(place, tokens)}</span>
      <span class="search-at">${l10n.t`at ${formatNumber(place.position + 1)} ‘${at ? showToken(at) : ''}’`}</span>
      <span class="list-token">${showToken(token)}</span>
      <span class="search-rank">#${rank}</span>
      <span class="search-probability">${partBar(probability)}${formatProbability(probability)}</span>
    </li>`;
  };

  return {
    element: box,
    update(state, before) {
      const { shown, phase } = state;
      const looking = state.search !== null;
      box.hidden = !looking;
      if (!looking) return;
      const former = before?.search ?? null;
      const opened = former === null;
      if (opened) active = null;
      const isNew = state.search !== former || state.insights.tokenIndex !== before?.insights.tokenIndex || shown !== before.shown;
      if (opened || isNew) draw(state);
      // Ctrl+F again leads back into the field; typing and stepping are there already.
      const again = state.search !== former && state.search?.text === former?.text && state.search?.at === former?.at;
      if (opened || (again && state.search?.listed && document.activeElement !== field() && active === null)) {
        field()?.focus();
        field()?.select();
      }
      if (page.live && shown !== null && phase.kind !== 'working' && state.search?.text !== '' && indexAsked(state).kind === 'absent')
        page.requestInsight({ of: 'tokenIndex', position: state.search?.position ?? 0 });
      if (awaited !== null && shown?.graph.position === awaited.position && shown.nodes.has(awaited.node)) {
        const { node } = awaited;
        awaited = null;
        // The drawing has its size once the card has made room for itself.
        requestAnimationFrame(() => requestAnimationFrame(() => drawing()?.show(node)));
      }
    },
  };
}

type FoundTokens = NonNullable<PageState['shown']>['graph']['tokens'];

function optionId(i: number): string {
  return `visit-search-place-${i}`;
}

/** "3 of 17", or why there is nothing. */
function countOf(state: PageState, count: number, at: number | null): string {
  const asked = indexAsked(state);
  const reason = whyNoSearch(state);
  if (reason !== null) return reason;
  if (state.search?.text === '' || asked.kind !== 'here') return '';
  if (count === 0) return l10n.t`Not among the first ${formatNumber(asked.value.depth)} tokens anywhere`;
  if (at !== null) return l10n.t`${formatNumber(at + 1)} of ${formatNumber(count)}`;
  return count === 1 ? l10n.t('1 place') : l10n.t`${formatNumber(count)} places`;
}
