/** The flow graph of one forward pass: its prompt, its controls, the drawing or the tree, cards and legend. */
import * as l10n from '@vscode/l10n';
import { strongestPart } from '#core/analyse/strongest-part';
import type { FlowGraph } from '#core/format/flow-graph';
import { nodeId } from '#core/format/node-id';
import { element } from '../../lib/dom/element';
import { createCanvas } from '../../graph/canvas';
import { scalePainter } from '../../graph/painter';
import { createGraphToolbar } from './graph-toolbar';
import { effectCard } from './effect-card';
import { gradientCard } from './gradient-card';
import { memoryCard } from './head-memory';
import { createDepthStrip } from '../../parts/depth-strip';
import { createDock } from '../../parts/cards/dock';
import { createContinuation } from '../../parts/continuation';
import { createHeading } from '../../parts/heading';
import { createHoverCard } from '../../parts/cards/hover-card';
import { createLegend } from '../../parts/legend';
import { createPromptForm } from '../../parts/prompt-form';
import { createShareLine } from '../../parts/share-line';
import { createTokenStrip } from '../../parts/token-strip';
import { createTargetProblem } from '../../parts/target';
import { createDetail } from '../../parts/detail';
import { createEdgeList } from '../../parts/edge-list';
import { createNodeTable } from '../../parts/node-table';
import { graphPicture } from '../../picture/graph-picture';
import type { Page } from '../../state/page';
import type { Screen } from '../../parts/screen';
import { headOfPass, passagesOf, viewPicture } from '../../parts/view-picture';

/** What is in sight at first where not all is: of a whole circuit its strongest part, of many layers in rows the last, where the answer arises. */
function firstSeen(graph: FlowGraph, wholeCircuit: boolean): string | undefined {
  if (wholeCircuit) return strongestPart(graph)?.id;
  const last = graph.layers.at(-1);
  return last === undefined || graph.layers.length === 1 ? undefined : nodeId.residPost(last);
}

export function createGraphScreen(page: Page): Screen {
  const canvas = createCanvas(page, {
    painter: scalePainter,
    testId: 'canvas',
    label: () => l10n.t('Flow graph'),
    upright: true,
    first: ({ view, shown }) => (shown === null ? undefined : firstSeen(shown.graph, view.wholeCircuit)),
    minimap: true,
  });
  const tree = createNodeTable(page);
  const dock = createDock(page, effectCard(page, gradientCard(page, memoryCard(page))));
  const stage = element('div', { class: 'stage' }, canvas.element, tree.element);
  const hoverCard = createHoverCard(page, stage, canvas.locate);
  stage.append(hoverCard.element);

  const strip = createTokenStrip(page);
  const heading = createHeading();
  const continuation = createContinuation(page);
  const toolbar = createGraphToolbar(page, canvas);
  const question = page.live ? [createTargetProblem(page), createDetail(page)] : [];
  const form = page.live ? [createPromptForm(page)] : [];
  const depth = createDepthStrip(page);
  const shares = createShareLine(page);
  const edges = createEdgeList();
  const legend = createLegend(page);

  const header = element(
    'header',
    { class: 'header graph-header' },
    element('h1', { class: 'unseen', text: l10n.t('Flow graph of a forward pass') }),
    element('div', { class: 'prompt' }, strip.element, heading.element),
    ...[continuation, ...form, toolbar, ...question, depth].map((part) => part.element),
  );
  const parts = [strip, heading, continuation, ...form, toolbar, ...question, depth, shares, dock, tree, edges, legend, canvas, hoverCard];

  return {
    element: element(
      'div',
      { class: 'screen' },
      header,
      element('main', { class: 'main' }, stage, dock.element),
      edges.element,
      element('div', { class: 'graph-footer' }, shares.element, legend.element),
    ),
    stage,
    drawing: canvas,
    picture(theme, measure) {
      const state = page.state();
      if (state.view.mode === 'table') {
        const passages = passagesOf([tree.element], theme, state, tree.update);
        return viewPicture(headOfPass(l10n.t('Nodes'), state.shown), passages, theme, measure);
      }
      const shown = canvas.drawn();
      return shown && graphPicture(shown, scalePainter, { ...state, shown, theme }, measure);
    },
    update: (state, before) => parts.forEach((part) => part.update(state, before)),
  };
}
