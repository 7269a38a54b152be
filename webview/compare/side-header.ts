/** One side of a comparison above its pane: letter, prompt, position, and the target of its own. */
import type { Side } from '../../src/core/graph/compare/comparison';
import { element } from '../dom/element';
import { createHeading } from '../views/heading';
import { createTokenStrip } from '../views/token-strip';
import { createTarget, createTargetProblem, createTargetText } from '../views/toolbar';
import type { Page, View } from '../views/view';
import { sideBadge, sideName } from './side-badge';

/** @param page the page as this side sees it */
export function createSideHeader(page: Page, side: Side): View {
  const strip = createTokenStrip(page, side);
  const heading = createHeading();
  const target = page.live ? createTarget(page) : createTargetText();
  const problem = page.live ? [createTargetProblem(page)] : [];
  const views = [strip, heading, target, ...problem];
  return {
    element: element('section', { class: `side of-${side}`, testId: `side-${side}`, attributes: { 'aria-label': `Prompt ${sideName(side)}` } },
      element('div', { class: 'prompt' }, sideBadge(side), strip.element),
      element('div', { class: 'side-target' }, target.element, heading.element),
      ...problem.map((view) => view.element)),
    update: (state, before) => views.forEach((view) => view.update(state, before)),
  };
}
