/** The views that the page can be switched to, after the tabs pattern of the ARIA Authoring Practices. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { TABS, type InsightName, type ShownTab, type Tab } from '#core/protocol/insight';
import { html } from '../lib/dom/html';
import { element } from '../lib/dom/element';
import { knownNeurons } from '../state/insight-state';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';
import { needsPrompt, screenOf, seenTab } from '../state/selectors';

/** Id of the element that the tabs switch. */
export const TAB_PANEL = 'visit-view';

/** What a tab shows of two passes. */
const OF_TWO: Partial<Record<InsightName, string>> = {
  storyDifference: l10n.t('Story of the difference'),
  overviewDifference: l10n.t('Overview of the difference'),
};

/** Whether there is anything to be seen on a tab. @param live false: only what the page holds */
function isOpen(tab: ShownTab, state: PageState, live: boolean): boolean {
  const { id, ofTwo } = tab;
  const { shown, compared } = state;
  if (!live) return id === 'graph' || isHeld(tab, state);
  return shown !== null || id === 'graph' || !needsPrompt(id) || (compared !== null && ofTwo !== null);
}

/** Whether a tab shows one pass only, while two are compared of which it can show the first. @param live false: only what the page holds */
function endsComparison({ id, ofTwo }: ShownTab, { compared }: PageState, live: boolean): boolean {
  return live && compared !== null && ofTwo === null && needsPrompt(id) && id !== 'graph';
}

/** Whether what a tab shows is here. */
function isHeld({ of, ofTwo }: ShownTab, { insights }: PageState): boolean {
  return [of, ofTwo].some((name) => name !== null && [...insights[name].values()].some(({ kind }) => kind === 'here'));
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
  const hintOf = (tab: ShownTab, state: PageState): string | typeof nothing => {
    if (endsComparison(tab, state, page.live)) {
      return state.compared?.whatIf
        ? l10n.t('Shows one forward pass: opens the one before the change. Back leads to the comparison again.')
        : l10n.t('Shows one forward pass: opens that of prompt A. Back leads to the comparison again.');
    }
    if (!isOpen(tab, state, page.live)) return closed;
    return (state.compared === null || tab.ofTwo === null ? undefined : OF_TWO[tab.ofTwo]) ?? nothing;
  };
  const tabOf = (shown: ShownTab, state: PageState): TemplateResult => {
    const { id: tab, title } = shown;
    const seen = tab === seenTab(state);
    const leavesTwo = endsComparison(shown, state, page.live);
    const open = (): void => {
      choose(tab);
      if (leavesTwo) page.post({ type: 'single', side: 'left' });
    };
    return html`<button
      class=${leavesTwo ? 'tab leaves-two' : 'tab'}
      data-testid="tab-${tab}"
      type="button"
      role="tab"
      id="visit-tab-${tab}"
      aria-controls=${TAB_PANEL}
      aria-selected=${seen}
      tabindex=${seen || leavesTwo ? 0 : -1}
      title=${hintOf(shown, state)}
      ?disabled=${!leavesTwo && !isOpen(shown, state, page.live)}
      @click=${open}
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
  /** The tab that is shown is in the middle of those that are seen, as far as there are others. */
  const revealShown = (): void => {
    const shown = list.querySelector('[aria-selected=true]')?.getBoundingClientRect();
    const { left, width } = list.getBoundingClientRect();
    if (shown !== undefined) list.scrollLeft += shown.left + shown.width / 2 - left - width / 2;
    markMore();
  };
  new ResizeObserver(revealShown).observe(list);
  list.addEventListener('keydown', (event) => {
    const open = TABS.filter((tab) => isOpen(tab, page.state(), page.live)).map(({ id }) => id);
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
      const none = !page.live && !TABS.some((tab) => isHeld(tab, state));
      list.hidden = none || (screenOf(state) === 'welcome' && knownNeurons(state.insights) === null);
      render(
        TABS.map((tab) => tabOf(tab, state)),
        list,
      );
      if (before === null || seenTab(state) !== seenTab(before)) revealShown();
      markMore();
    },
  };
}
