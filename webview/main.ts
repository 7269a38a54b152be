/**
 * The inspector page: draws a flow graph and talks to the extension host, or, as a file of its own, to nobody. What a
 * document must hold for it is in README.md beside this file.
 */
import * as l10n from '@vscode/l10n';
import './l10n';
import './styles/inspector.css';
import { INSIGHTS } from '#core/protocol/insight';
import type { CompareRequest, ViewRequest } from '#core/protocol/view-request';
import type { ScreenName } from '#core/protocol/page-questions';
import { registerControls } from './lib/controls/toolkit';
import { element, setAttributes } from './lib/dom/element';
import { heldWhilePressed } from './host/hold-while-pressed';
import type { Host } from './host/host';
import { standaloneHost } from './host/standalone';
import { vscodeHost } from './host/vscode';
import { answerTo } from './host/answer-question';
import { answerLocate } from './host/locate';
import { createCompareScreen } from './features/compare/compare-screen';
import { createDifferenceOverview } from './features/compare/overview/overview-screen';
import { createDifferenceScreen } from './features/compare/story/difference-screen';
import { createPredictionsScreen } from './features/predictions/predictions-screen';
import { askForWhatIsSeen } from './parts/answer';
import { createAskForUnread } from './parts/ask-for-unread';
import { createCalibrationScreen } from './features/calibration/calibration-screen';
import { createLensesScreen } from './features/lenses/lenses-screen';
import { createNeuronsScreen } from './features/neurons/neurons-screen';
import { createNormsScreen } from './features/norms/norms-screen';
import { createOverviewScreen } from './features/overview/overview-screen';
import { createNavigation } from './parts/navigation';
import { createLensSelect } from './parts/lens-select';
import { createTabs, TAB_PANEL } from './parts/tabs';
import { followTrail } from './parts/follow-trail';
import { createStoryScreen } from './features/story/story-screen';
import { createGraphScreen } from './features/graph/graph-screen';
import { createTokenSearch } from './features/search/token-search';
import type { Screen } from './parts/screen';
import { createWelcomeScreen } from './features/welcome/welcome-screen';
import { asksForEffects } from './state/effects';
import { highlightsFor } from './state/highlight';
import { readKeptView } from './state/kept-view';
import { firstState } from './state/page-state';
import { screenOf } from './state/selectors';
import { createStore } from './state/store';
import { readTrail } from './state/trail';
import { followSystemTheme, readTheme, watchTheme } from './lib/theme/theme';
import { listenForKeys } from './parts/keys';
import { createProblem, createProgress } from './parts/status';
import { NIGHT, PAPER } from './picture/picture';
import { canvasMeasure, copyPng } from './picture/png';
import type { Page } from './state/page';

/** Where two flow graphs have room side by side. */
const TWO_GRAPHS = '(width >= 900px)';

function start(host: Host, root: HTMLElement): void {
  const kept = readKeptView(host.kept());
  const trail = readTrail(host.kept(), readKeptView);
  const store = createStore(firstState(readTheme(), kept, trail));
  let lastRequest = 0;
  const page: Page = {
    live: host.live,
    state: () => store.state(),
    dispatch: (event) => store.dispatch(event),
    // Without a model nothing else can be asked for than what is here.
    ask(change: Partial<ViewRequest>) {
      if (!host.live) return;
      store.dispatch({ type: 'asked', change });
      host.post({ type: 'change', change });
    },
    visit(change: Partial<ViewRequest>) {
      store.dispatch({ type: 'asked', change });
      host.post({ type: 'change', change, visit: true });
    },
    requestInsight(request) {
      if (!host.live) return;
      lastRequest += 1;
      // One over prompts that the user is asked for begins when they are chosen: the host says so.
      if (INSIGHTS[request.of].prompts !== 'chosen') store.dispatch({ type: 'insightRequested', id: lastRequest, request });
      host.post({ type: 'requestInsight', id: lastRequest, request });
    },
    askComparison(change: Partial<CompareRequest>) {
      if (!host.live) return;
      store.dispatch({ type: 'askedComparison', change });
      host.post({ type: 'changeComparison', change });
    },
    post: (message) => host.post(message),
  };

  const screens: Readonly<Record<ScreenName, Screen>> = {
    welcome: createWelcomeScreen(),
    story: createStoryScreen(page),
    graph: createGraphScreen(page),
    overview: createOverviewScreen(page),
    norms: createNormsScreen(page),
    comparison: createCompareScreen(page),
    difference: createDifferenceScreen(page),
    overviewDifference: createDifferenceOverview(page),
    predictions: createPredictionsScreen(page),
    neurons: createNeuronsScreen(page),
    calibration: createCalibrationScreen(page),
    lenses: createLensesScreen(page),
  };
  const progress = createProgress(page);
  const problem = createProblem(page);
  const tabs = createTabs(page);
  const view = element('div', { class: 'view', attributes: { id: TAB_PANEL, tabindex: -1 } });
  const lens = createLensSelect(page);
  const current = (): Screen => screens[screenOf(store.state())];
  const navigation = createNavigation(page, () => {
    const { picture } = current();
    if (picture === undefined) return null;
    return async () => {
      const made = picture(store.state().theme.kind.endsWith('light') ? PAPER : NIGHT, canvasMeasure());
      if (made === null) throw new Error(l10n.t('There is no picture of this view.'));
      await copyPng(made);
    };
  });
  const search = createTokenSearch(page, () => current().drawing);
  root.replaceChildren(
    element('nav', { class: 'top', attributes: { 'aria-label': l10n.t('Views') } }, tabs.element, lens.element, navigation.element),
    search.element,
    view,
  );
  const cameras = followTrail(page, () => current().drawing);
  store.watch(cameras.leave);
  store.watch((state, before) => {
    root.classList.toggle('is-working', state.phase.kind === 'working');
    const name = screenOf(state);
    const screen = screens[name];
    const entered = before === null || screenOf(before) !== name;
    // Keyboard focus moves from the former screen to the next.
    const focused = entered && view.contains(document.activeElement);
    if (entered) {
      view.replaceChildren(problem.element, screen.element);
      screen.stage.append(progress.element);
    }
    tabs.update(state, before);
    lens.update(state, before);
    navigation.update(state, before);
    search.update(state, before);
    // It has no name of its own: a named panel counts as content outside any landmark, and its landmarks are named.
    setAttributes(view, { role: tabs.element.hidden ? null : 'tabpanel' });
    problem.update(state, before);
    progress.update(state, before);
    screen.update(state, entered ? null : before);
    if (focused && document.activeElement === document.body) view.focus({ preventScroll: true });
  });
  store.watch((state, before) => {
    if (state.view !== before?.view || state.trail !== before.trail) host.keep({ ...state.view, trail: state.trail });
    if (before !== null) for (const highlight of highlightsFor(state, before)) host.post({ type: 'highlight', ...highlight });
  });

  store.watch(createAskForUnread(page));
  store.watch(cameras.arrive);
  store.watch((state, before) => {
    askForWhatIsSeen(page);
    if (!page.live || !asksForEffects(state, before)) return;
    if (state.compared === null) page.ask({ effects: true });
    else page.askComparison({ effects: true });
  });

  const room = window.matchMedia(TWO_GRAPHS);
  const measureRoom = (): void => store.dispatch({ type: 'narrow', narrow: !room.matches });
  room.addEventListener('change', measureRoom);
  measureRoom();
  watchTheme((theme) => store.dispatch({ type: 'theme', theme }));
  listenForKeys(page, () => current().drawing);
  answerLocate((id) => current().drawing?.locate(id) ?? null);
  host.listen(
    heldWhilePressed((message) => {
      if (message.type !== 'question') return store.dispatch(message);
      host.post({ type: 'answer', id: message.id, answer: answerTo(message.question, store.state(), current()) });
    }),
  );
  host.post({ type: 'ready' });
}

const host = vscodeHost() ?? standaloneHost();
const report = (reason: unknown): void =>
  host.post({ type: 'pageError', message: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason) });
window.addEventListener('error', (event) => report(event.error ?? event.message));
window.addEventListener('unhandledrejection', (event) => report(event.reason));

if (!host.live) followSystemTheme();
registerControls();
start(host, document.getElementById('app') ?? document.body.appendChild(element('div', { attributes: { id: 'app' } })));
