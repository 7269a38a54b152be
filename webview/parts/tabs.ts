/** The views that the page can be switched to, after the tabs pattern of the ARIA Authoring Practices. */
import { TABS, type Tab } from '#core/protocol/insight';
import { element, setAttributes } from '../lib/dom/element';
import { screenOf } from '../state/selectors';
import type { PageState } from '../state/page-state';
import type { Page, Part } from '../state/page';

const NAMES: Readonly<Record<Tab, string>> = { graph: 'Flow graph', overview: 'Overview', norms: 'Norms', neurons: 'Neurons' };

/** Id of the element that the tabs switch. */
export const TAB_PANEL = 'visit-view';

/** Id of a tab. */
export function tabId(tab: Tab): string {
  return `visit-tab-${tab}`;
}

/** The tab whose view is on the screen: without a graph there is nothing that overview and norms could show. */
export function seenTab({ shown, view: { tab } }: PageState): Tab {
  return shown === null && tab !== 'neurons' ? 'graph' : tab;
}

export function createTabs(page: Page): Part {
  const choose = (tab: Tab): void => page.dispatch({ type: 'view', change: { tab } });
  const tabs = new Map(
    TABS.map((tab) => [
      tab,
      element('button', {
        class: 'tab',
        testId: `tab-${tab}`,
        text: NAMES[tab],
        attributes: { type: 'button', role: 'tab', id: tabId(tab), 'aria-controls': TAB_PANEL },
        on: { click: () => choose(tab) },
      }),
    ]),
  );
  const list = element(
    'div',
    { class: 'tabs', testId: 'tabs', attributes: { role: 'tablist', 'aria-label': 'Views', hidden: true } },
    ...tabs.values(),
  );

  list.addEventListener('keydown', (event) => {
    const open = TABS.filter((tab) => !tabs.get(tab)?.disabled);
    const at = open.indexOf(seenTab(page.state()));
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    const tab = to === undefined ? undefined : open.at(to % open.length);
    if (tab === undefined) return;
    event.preventDefault();
    choose(tab);
    tabs.get(tab)?.focus();
  });

  return {
    element: list,
    update(state) {
      const seen = seenTab(state);
      list.hidden = !page.live || (screenOf(state) === 'welcome' && state.insights.neurons === null);
      for (const [tab, button] of tabs) {
        button.disabled = state.shown === null && (tab === 'overview' || tab === 'norms');
        setAttributes(button, { 'aria-selected': String(tab === seen), tabindex: tab === seen ? 0 : -1 });
      }
    },
  };
}
