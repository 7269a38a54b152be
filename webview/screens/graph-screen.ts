/** The flow graph of one forward pass: its prompt, its controls, the drawing or the tree, cards and legend. */
import { element } from '../dom/element';
import { createCanvas } from '../graph/canvas';
import { scaleLook } from '../graph/look';
import { memoryCard } from '../insight/memory';
import { createDepthStrip } from '../views/depth-strip';
import { createDock } from '../views/dock';
import { createHeading } from '../views/heading';
import { createHoverCard } from '../views/hover-card';
import { createLegend } from '../views/legend';
import { createPromptForm } from '../views/prompt-form';
import { createShareLine } from '../views/share-line';
import { createTokenStrip } from '../views/token-strip';
import { createTargetProblem } from '../views/target';
import { createDetail, createToolbar } from '../views/toolbar';
import { createTree } from '../views/tree';
import type { Page } from '../views/view';
import type { Screen } from './screen';

export function createGraphScreen(page: Page): Screen {
  const canvas = createCanvas(page, { look: scaleLook, testId: 'canvas', label: () => 'Flow graph' });
  const tree = createTree(page);
  const dock = createDock(page, memoryCard(page));
  const stage = element('div', { class: 'stage' }, canvas.element, tree.element);
  const hoverCard = createHoverCard(page, stage, canvas.locate);
  stage.append(hoverCard.element);

  const strip = createTokenStrip(page);
  const heading = createHeading();
  const toolbar = createToolbar(page, canvas);
  const question = page.live ? [createTargetProblem(page), createDetail(page)] : [];
  const form = page.live ? [createPromptForm(page)] : [];
  const depth = createDepthStrip(page);
  const shares = createShareLine(page);
  const legend = createLegend(page);

  const header = element('header', { class: 'header' },
    element('h1', { class: 'unseen', text: 'Flow graph of a forward pass' }),
    element('div', { class: 'prompt' }, strip.element, heading.element),
    ...[...form, toolbar, ...question, depth].map((view) => view.element));
  const views = [strip, heading, ...form, toolbar, ...question, depth, shares, dock, tree, legend, canvas, hoverCard];

  return {
    element: element('div', { class: 'screen' }, header, element('main', { class: 'main' }, stage, dock.element), shares.element, legend.element),
    stage,
    drawing: canvas,
    update: (state, before) => views.forEach((view) => view.update(state, before)),
  };
}
