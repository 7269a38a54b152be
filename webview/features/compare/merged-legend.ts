/** What colours and edges of the merged graph mean. */
import { largest, MEASURE_NAMES, measureMeaning, formatChange } from '../../state/measures';
import { gradient, PALETTES } from '../../lib/colour/palettes';
import { element, fill } from '../../lib/dom/element';
import { tornOutline } from '../../graph/shapes';
import type { PageState } from '../../state/page-state';
import { legendPicture, PICTURE } from '../../parts/legend';
import type { Page, Part } from '../../state/page';

export function createMergedLegend(page: Page): Part {
  const legend = element('footer', {
    class: 'legend',
    testId: 'merged-legend',
    attributes: { 'aria-label': 'Legend of the merged graph', hidden: true },
  });

  const draw = ({ compared, view, theme }: PageState): void => {
    if (compared === null) return;
    const { words } = compared;
    const { measure } = view.compare;
    const most = largest(compared.changes.values(), measure);
    const palette = PALETTES[theme.kind];
    const ramp = element('div', { class: 'legend-ramp' });
    ramp.style.background = gradient(palette.diverging);
    const tick = (at: number, text: string, kind: string): HTMLElement => {
      const made = element('span', { class: `tick ${kind}`, text });
      made.style.left = `${at * 100}%`;
      return made;
    };
    const only = (side: 'left' | 'right', colour: string): HTMLElement =>
      element(
        'span',
        { class: 'legend-item' },
        legendPicture((ctx) => {
          ctx.strokeStyle = colour;
          ctx.lineWidth = 1.5;
          ctx.stroke(
            tornOutline(side === 'left' ? 'right' : 'left', PICTURE.width / 2, PICTURE.height / 2, PICTURE.width - 3, PICTURE.height - 2),
          );
        }),
        `only ${words[side].there}`,
      );
    const line = (colour: string, dashes: number[], text: string): HTMLElement =>
      element(
        'span',
        { class: 'legend-item' },
        legendPicture((ctx) => {
          ctx.strokeStyle = colour;
          ctx.lineWidth = 3;
          ctx.setLineDash(dashes);
          ctx.beginPath();
          ctx.moveTo(0, PICTURE.height / 2);
          ctx.lineTo(PICTURE.width, PICTURE.height / 2);
          ctx.stroke();
        }),
        text,
      );
    fill(
      legend,
      element(
        'div',
        { class: 'legend-bar' },
        element(
          'div',
          { class: 'legend-scale' },
          element('span', {
            class: 'legend-title',
            text: `Change of ${MEASURE_NAMES[measure].toLowerCase()}, square-root`,
            attributes: { title: measureMeaning(measure) },
          }),
          element(
            'div',
            { class: 'legend-axis' },
            ramp,
            element(
              'div',
              { class: 'legend-ticks' },
              tick(0, formatChange(measure, -most), 'tick-first'),
              tick(0.5, '0', ''),
              tick(1, formatChange(measure, most), 'tick-last'),
            ),
          ),
        ),
      ),
      element(
        'div',
        { class: 'legend-group' },
        only('left', palette.edges.negative),
        only('right', palette.edges.positive),
        line(palette.edges.positive, [], `edge stronger ${words.right.there}`),
        line(palette.edges.negative, [4, 3], `edge stronger ${words.left.there}`),
      ),
    );
  };

  const isVisible = ({ view, compared }: PageState): boolean =>
    compared !== null && view.mode === 'graph' && view.compare.drawing === 'merged';
  return {
    element: legend,
    update(state, before) {
      legend.hidden = !isVisible(state);
      if (legend.hidden) return;
      if (
        state.compared !== before?.compared ||
        state.theme !== before.theme ||
        state.view.compare !== before.view.compare ||
        !isVisible(before)
      )
        draw(page.state());
    },
  };
}
