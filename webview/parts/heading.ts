/** Which model read which text. */
import { ENDS_IN_SPACE, endsInSpace } from '#core/text/ends-in-space';
import { element, fill } from '../lib/dom/element';
import { formatNumber } from '../lib/format/number';
import type { Part } from '../state/page';

export function createHeading(): Part {
  const heading = element('div', { class: 'heading', testId: 'heading' });
  return {
    element: heading,
    update({ shown }, before) {
      if (shown === (before?.shown ?? null)) return;
      if (shown === null) return fill(heading);
      const { model, tokens, position } = shown.graph;
      const dimensions = `${model.family}, ${model.nLayers} layers, ${model.nHeads} heads, width ${model.dModel}, ${model.dtype}`;
      fill(
        heading,
        element('span', { class: 'heading-model', testId: 'model-name', text: model.name, attributes: { title: dimensions } }),
        shown.origin.name === undefined ? null : element('span', { class: 'heading-origin', testId: 'origin', text: shown.origin.name }),
        element('span', {
          class: 'heading-position',
          testId: 'position',
          text: `token ${formatNumber(position + 1)} of ${formatNumber(tokens.length)}`,
        }),
        endsInSpace(tokens)
          ? element('span', {
              class: 'heading-note',
              testId: 'ends-in-space',
              text: 'ends in a space: try without',
              attributes: { title: ENDS_IN_SPACE },
            })
          : null,
      );
    },
  };
}
