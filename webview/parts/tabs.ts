/** The views that the page can be switched to, after the tabs pattern of the ARIA Authoring Practices. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { TABS, type Tab } from '#core/protocol/insight';
import { html } from '../lib/dom/html';
import { element } from '../lib/dom/element';
import { knownNeurons, type Insights } from '../state/insight-state';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';
import { needsPrompt, screenOf } from '../state/selectors';

/** Id of the element that the tabs switch. */
export const TAB_PANEL = 'visit-view';

/** The tab whose view is on the screen: without a graph there is nothing that those of its prompt could show. */
export function seenTab({ shown, view: { tab } }: PageState): Tab {
  return shown === null && needsPrompt(tab) ? 'graph' : tab;
}

/** Whether there is anything to be seen on a tab. @param live false: only what the page holds */
function isOpen(tab: Tab, { shown, insights }: PageState, live: boolean): boolean {
  if (!live) return tab === 'graph' || isHeld(tab, insights);
  return shown !== null || tab === 'graph' || !needsPrompt(tab);
}

/** Whether what a tab shows is here. */
function isHeld(tab: Tab, insights: Insights): boolean {
  const of = TABS.find(({ id }) => id === tab)?.of ?? null;
  return of !== null && [...insights[of].values()].some(({ kind }) => kind === 'here');
}

export function createTabs(page: Page): Part {
  const choose = (tab: Tab): void => page.dispatch({ type: 'view', change: { tab } });
  const list = element('div', {
    class: 'tabs',
    testId: 'tabs',
    attributes: { role: 'tablist', 'aria-label': l10n.t('Views'), hidden: true },
  });
  const closed = page.live
    ? l10n.t('Shows a single forward pass. Visualize a prompt to use it.')
    : l10n.t('This file does not contain it.');
  const tabOf = ({ id: tab, title }: (typeof TABS)[number], state: PageState): TemplateResult => {
    const seen = tab === seenTab(state);
    return html`<button
      class="tab"
      data-testid="tab-${tab}"
      type="button"
      role="tab"
      id="visit-tab-${tab}"
      aria-controls=${TAB_PANEL}
      aria-selected=${seen}
      tabindex=${seen ? 0 : -1}
      title=${isOpen(tab, state, page.live) ? nothing : closed}
      ?disabled=${!isOpen(tab, state, page.live)}
      @click=${() => choose(tab)}
    >
      ${title}
    </button>`;
  };

  /** Says at which sides there are more tabs than are seen. */
  const markMore = (): void => {
    list.classList.toggle('more-before', list.scrollLeft > 1);
    list.classList.toggle('more-after', list.scrollLeft + list.clientWidth < list.scrollWidth - 1);
  };
  list.addEventListener('scroll', markMore, { passive: true });
  new ResizeObserver(markMore).observe(list);
  list.addEventListener('keydown', (event) => {
    const open = TABS.map(({ id }) => id).filter((tab) => isOpen(tab, page.state(), page.live));
    const at = open.indexOf(seenTab(page.state()));
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    const tab = to === undefined ? undefined : open.at(to % open.length);
    if (tab === undefined) return;
    event.preventDefault();
    choose(tab);
    list.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
  });

  return {
    element: list,
    update(state, before) {
      const none = !page.live && !TABS.some(({ id }) => isHeld(id, state.insights));
      list.hidden = none || (screenOf(state) === 'welcome' && knownNeurons(state.insights) === null);
      render(
        TABS.map((tab) => tabOf(tab, state)),
        list,
      );
      if (before === null || seenTab(state) !== seenTab(before)) {
        list.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
      }
      markMore();
    },
  };
}
