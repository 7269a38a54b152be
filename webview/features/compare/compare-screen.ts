/** Two passes: their prompts, the controls, the drawings side by side or merged, the list of changes, cards and legend. */
import * as l10n from '@vscode/l10n';
import { whatChanged } from '#core/compare/what-changed';
import type { Side } from '#core/format/comparison';
import { componentNodeId, parseComponent } from '#core/format/component';
import { element } from '../../lib/dom/element';
import { createCanvas, type Canvas } from '../../graph/canvas';
import type { Drawing } from '../../graph/drawing';
import type { Screen } from '../../parts/screen';
import type { PageState } from '../../state/page-state';
import { createDepthStrip } from '../../parts/depth-strip';
import { createDock } from '../../parts/cards/dock';
import { compactCompareCard } from './compact-compare-card';
import { createHoverCard } from '../../parts/cards/hover-card';
import { createLegend } from '../../parts/legend';
import { createPromptForm } from '../../parts/prompt-form';
import { createDetail } from '../../parts/detail';
import { createTree } from '../../parts/tree';
import { passagesOf, viewPicture } from '../../parts/view-picture';
import { comparisonPicture } from '../../picture/comparison-picture';
import type { Page, Part } from '../../state/page';
import { createChangesTable } from './changes-table';
import { compareCard } from './compare-card';
import { mergedPainter, sidePainter } from './compare-painters';
import { createCompareToolbar } from './compare-toolbar';
import { otherSide, SIDES, type Pane } from '../../state/shown-comparison';
import { createChips } from './interventions';
import { createMergedLegend } from './merged-legend';
import { createOutcome } from './outcome';
import { panePage, paneState } from '../../state/pane';
import { partingCells } from './parting-strip';
import { createSideHeader } from './side-header';
import { createShareLines } from './share-lines';
import { createSideBadge } from './side-badge';
import { wordsOf } from '../../state/shown-comparison';
import { twinColumns } from './twin-columns';

/** Two drawings need the space more than one does. */
const LEGEND_ROOM = '(min-width: 1100px)';

/** The pane that is drawn on a side, where something is drawn. */
function drawnPane({ view, hoveredSide }: PageState): Pane {
  return view.compare.drawing === 'merged' ? 'merged' : hoveredSide;
}

/** Where a drawing begins that does not fit: at what was changed, or else at what both passes have and differs most in them. */
function seenFirst({ compared, view }: PageState): string | undefined {
  if (compared === null) return undefined;
  const changed = compared.request.interventions
    .map(({ component }) => componentNodeId(parseComponent(component)))
    .find((id) => compared.changes.has(id));
  if (changed !== undefined) return changed;
  return whatChanged(compared.comparison, view.compare.measure, false).find(({ left, right }) => left !== null && right !== null)?.id;
}

/** A part that shows a single graph as one that shows a pane. */
function inPane(part: Part, pane: (state: PageState) => Pane): Part {
  return {
    element: part.element,
    update: (state, before) => part.update(paneState(state, pane(state)), before && paneState(before, pane(before))),
  };
}

export function createCompareScreen(page: Page): Screen {
  const pages = { left: panePage(page, 'left'), right: panePage(page, 'right'), merged: panePage(page, 'merged') };
  const sideCanvas = (side: Side): Canvas =>
    createCanvas(pages[side], {
      painter: sidePainter,
      testId: `canvas-${side}`,
      label: (state) => l10n.t`Flow graph, ${wordsOf(state)[side].name}`,
      moved: (camera) => canvases[otherSide(side)].follow(camera),
      first: seenFirst,
    });
  const canvases = {
    left: sideCanvas('left'),
    right: sideCanvas('right'),
    merged: createCanvas(pages.merged, {
      painter: mergedPainter,
      testId: 'canvas-merged',
      label: () => l10n.t('Both flow graphs as one'),
      first: seenFirst,
    }),
  } satisfies Record<Pane, Canvas>;
  const badges = { left: createSideBadge('left'), right: createSideBadge('right') };
  const frames = SIDES.map((side) => element('div', { class: `pane of-${side}` }, canvases[side].element, badges[side].element));
  const merged = element('div', { class: 'pane' }, canvases.merged.element);
  const panes = element('div', { class: 'panes' }, ...frames, merged);

  const drawn = (): readonly Canvas[] =>
    page.state().view.compare.drawing === 'merged' ? [canvases.merged] : [canvases.left, canvases.right];
  const drawing: Drawing = {
    fit: () => drawn().forEach((canvas) => canvas.fit()),
    zoom: (direction) => drawn().forEach((canvas) => canvas.zoom(direction)),
    pan: (dx, dy) => drawn()[0]?.pan(dx, dy),
    camera: () => drawn()[0]?.camera() ?? null,
    follow: (camera) => drawn().forEach((canvas) => canvas.follow(camera)),
    show: (id) => drawn().forEach((canvas) => canvas.show(id)),
    is: (target) => drawn().some((canvas) => canvas.is(target)),
    locate: (id) => canvases[drawnPane(page.state())].locate(id),
  };
  const open = (id: string): void => {
    page.dispatch({ type: 'view', change: { mode: 'graph' } });
    if (!page.state().view.pinned.includes(id)) page.dispatch({ type: 'togglePin', id });
    // The drawing has its size once it is in sight.
    requestAnimationFrame(() => drawn()[0]?.show(id));
  };

  const changes = createChangesTable(page, open);
  const tree = createTree(pages.merged, twinColumns);
  const stage = element('div', { class: 'stage' }, panes, changes.element, tree.element);
  const hoverCard = createHoverCard(page, stage, drawing.locate, compactCompareCard);
  stage.append(hoverCard.element);
  const dock = createDock(pages.merged, compareCard);
  const toolbar = createCompareToolbar(page, drawing);
  const headers = SIDES.map((side) => inPane(createSideHeader(pages[side], side), () => side));
  const form = createPromptForm(page);
  const chips = createChips(page);
  const outcome = createOutcome();
  const shares = createShareLines(page);
  const depth = createDepthStrip(pages.left, partingCells);
  const legend = createLegend(pages.left, LEGEND_ROOM);
  const mergedLegend = createMergedLegend();
  const detail = page.live ? [createDetail(pages.left)] : [];

  const parts: readonly Part[] = [
    outcome,
    chips,
    toolbar,
    form,
    shares,
    badges.left,
    badges.right,
    ...headers,
    changes,
    mergedLegend,
    inPane(tree, () => 'merged'),
    inPane(dock, () => 'merged'),
    inPane(depth, () => 'left'),
    inPane(legend, () => 'left'),
    ...detail.map((part) => inPane(part, () => 'left')),
    ...SIDES.map((side) => inPane(canvases[side], () => side)),
    inPane(canvases.merged, () => 'merged'),
    inPane(hoverCard, drawnPane),
  ];

  return {
    element: element(
      'div',
      { class: 'screen compare' },
      element(
        'header',
        { class: 'header' },
        element('h1', { class: 'unseen', text: l10n.t('Comparison of two forward passes') }),
        outcome.element,
        chips.element,
        element('div', { class: 'sides' }, ...headers.map((part) => part.element)),
        form.element,
        toolbar.element,
        ...detail.map((part) => part.element),
        depth.element,
      ),
      element('main', { class: 'main' }, stage, dock.element),
      shares.element,
      legend.element,
      mergedLegend.element,
    ),
    stage,
    drawing,
    picture(theme, measure) {
      const { compared, ...state } = page.state();
      if (compared !== null && state.view.mode === 'table') {
        const lists = [changes.element, tree.element].filter(({ hidden }) => !hidden);
        const sides = SIDES.map((side) => `${compared.words[side].name}: ${compared[side].graph.prompt}`);
        const read = passagesOf(lists, theme, page.state(), (now, before) => {
          changes.update(now, before);
          if (now.view.compare.listing === 'tree') inPane(tree, () => 'merged').update(now, before);
        });
        return viewPicture({ title: l10n.t`What changed: ${sides.join(' | ')}`, lines: sides }, read, theme, measure);
      }
      const painters = { side: sidePainter, merged: mergedPainter };
      return compared && comparisonPicture(compared, painters, { ...state, compared, theme }, measure);
    },
    update(state, before) {
      const { mode, compare } = state.view;
      panes.hidden = mode !== 'graph';
      for (const frame of frames) frame.hidden = compare.drawing !== 'sides';
      merged.hidden = compare.drawing !== 'merged';
      for (const part of parts) part.update(state, before);
      // The tree and the list of changes are both what a table is here.
      if (compare.listing !== 'tree') tree.element.hidden = true;
      if (mode !== 'graph' || compare.drawing === 'merged') legend.element.hidden = true;
    },
  };
}
