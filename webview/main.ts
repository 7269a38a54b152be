/**
 * The inspector page: draws a flow graph and talks to the extension host, or, as a file of its own, to nobody. What a
 * document must hold for it is in README.md beside this file.
 */
import './styles/inspector.css';
import type { ViewRequest } from '../src/core/protocol/inspector';
import { registerControls } from './controls/toolkit';
import { element } from './dom/element';
import { createCanvas } from './graph/canvas';
import type { Host } from './host/host';
import { standaloneHost } from './host/standalone';
import { vscodeHost } from './host/vscode';
import { answerLocate } from './host/locate';
import { readKeptView } from './state/kept-view';
import { firstState } from './state/page-state';
import { createStore } from './state/store';
import { followSystemTheme, readTheme, watchTheme } from './theme/theme';
import { createDepthStrip } from './views/depth-strip';
import { createDock } from './views/dock';
import { createHeading } from './views/heading';
import { createHoverCard } from './views/hover-card';
import { listenForKeys } from './views/keys';
import { createLegend } from './views/legend';
import { createProblem, createProgress, createWelcome } from './views/status';
import { createTokenStrip } from './views/token-strip';
import { createDetail, createTargetProblem, createToolbar } from './views/toolbar';
import { createTree } from './views/tree';
import type { Page } from './views/view';
import { highlightFor } from './state/highlight';

function start(host: Host, root: HTMLElement): void {
  const store = createStore(firstState(readTheme(), readKeptView(host.kept())));
  const page: Page = {
    live: host.live,
    state: () => store.state(),
    dispatch: (event) => store.dispatch(event),
    ask(change: Partial<ViewRequest>) {
      store.dispatch({ type: 'asked', change });
      host.post({ type: 'change', change });
    },
    post: (message) => host.post(message),
  };

  const canvas = createCanvas(page);
  const tree = createTree(page);
  const dock = createDock(page);
  const progress = createProgress(page);
  const welcome = createWelcome();
  const stage = element('div', { class: 'stage' }, canvas.element, tree.element, welcome.element, progress.element);
  const hoverCard = createHoverCard(stage, canvas.locate);
  stage.append(hoverCard.element);

  const strip = createTokenStrip(page);
  const heading = createHeading();
  const toolbar = createToolbar(page, canvas);
  const question = host.live ? [createTargetProblem(page), createDetail(page)] : [];
  const depth = createDepthStrip(page);
  const problem = createProblem(page);
  const legend = createLegend(page);

  const header = element('header', { class: 'header' },
    element('h1', { class: 'unseen', text: 'Flow graph of a forward pass' }),
    element('div', { class: 'prompt' }, strip.element, heading.element),
    toolbar.element, ...question.map((view) => view.element), depth.element);
  root.replaceChildren(header, problem.element, element('main', { class: 'main' }, stage, dock.element), legend.element);

  store.watch((state) => {
    root.classList.toggle('is-empty', state.shown === null);
    root.classList.toggle('is-working', state.phase.kind === 'working');
    root.classList.toggle('is-table', state.view.mode === 'table');
  });
  const views = [strip, heading, toolbar, ...question, depth, problem, dock, tree, welcome, progress, legend, canvas, hoverCard];
  store.watch((state, before) => views.forEach((view) => view.update(state, before)));
  store.watch((state, before) => {
    if (before === null || state.view !== before.view) host.keep(state.view);
    const highlight = before && highlightFor(state, before);
    if (highlight) host.post({ type: 'highlight', ...highlight });
  });

  watchTheme((theme) => store.dispatch({ type: 'theme', theme }));
  listenForKeys(page, canvas);
  answerLocate(canvas.locate);
  host.listen((message) => store.dispatch(message));
  host.post({ type: 'ready' });
}

const host = vscodeHost() ?? standaloneHost();
const report = (reason: unknown): void =>
  host.post({ type: 'pageError', message: reason instanceof Error ? reason.stack ?? reason.message : String(reason) });
window.addEventListener('error', (event) => report(event.error ?? event.message));
window.addEventListener('unhandledrejection', (event) => report(event.reason));

if (!host.live) followSystemTheme();
registerControls();
start(host, document.getElementById('app') ?? document.body.appendChild(element('div', { attributes: { id: 'app' } })));
