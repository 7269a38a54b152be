/** One side of a comparison above its pane: its name, prompt, position, and its target, to be chosen where it is its own. */
import * as l10n from '@vscode/l10n';
import type { Side } from '#core/format/comparison';
import { element, setAttributes } from '../../lib/dom/element';
import { createHeading } from '../../parts/heading';
import { createTarget, createTargetProblem, createTargetText } from '../../parts/target';
import { createTokenStrip } from '../../parts/token-strip';
import type { Page, Part } from '../../state/page';
import { otherSide } from '../../state/shown-comparison';
import { createSideBadge } from './side-badge';
import { wordsOf } from '../../state/shown-comparison';

/**
 * Before and after an intervention prompt, position and target are the same: the left header then stands for both.
 *
 * @param page the page as this side sees it
 */
export function createSideHeader(page: Page, side: Side): Part {
  const badge = createSideBadge(side);
  const strip = createTokenStrip(page, side);
  const heading = createHeading();
  const target = page.live ? createTarget(page, side) : null;
  const given = createTargetText();
  const problem = page.live ? [createTargetProblem(page)] : [];
  const parts = [badge, strip, heading, ...(target ? [target] : []), given, ...problem];
  const header = element(
    'section',
    { class: `side of-${side}`, testId: `side-${side}` },
    element('div', { class: 'prompt' }, badge.element, strip.element),
    element('div', { class: 'side-target' }, target?.element ?? null, given.element, heading.element),
    ...problem.map((part) => part.element),
  );
  return {
    element: header,
    update(state, before) {
      const whatIf = state.compared?.whatIf ?? false;
      header.hidden = whatIf && side === 'right';
      header.classList.toggle('both', whatIf);
      badge.element.hidden = whatIf;
      setAttributes(header, { 'aria-label': whatIf ? l10n.t('Prompt') : l10n.t`Prompt ${wordsOf(state)[side].name}` });
      const chosen = target !== null && state.compareRequest?.targets !== otherSide(side);
      if (target) target.element.hidden = !chosen;
      given.element.hidden = chosen;
      parts.forEach((part) => part.update(state, before));
    },
  };
}
