/** What colours and edges of the merged graph mean. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { Side } from '#core/format/comparison';
import { html } from '../../lib/dom/html';
import { tornOutline } from '../../graph/shapes';
import { PALETTES } from '../../lib/colour/palettes';
import { signedTicks } from '../../lib/colour/scales';
import { element } from '../../lib/dom/element';
import { legendPicture, PICTURE } from '../../parts/legend-pictures';
import { scaleBar } from '../../parts/scale-bar';
import { formatChange, largest, measureMeaning, measureNoun } from '../../state/measures';
import type { Part } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { areAwaited, otherSide } from '../../state/shown-comparison';

export function createMergedLegend(): Part {
  const legend = element('footer', {
    class: 'legend',
    testId: 'merged-legend',
    attributes: { 'aria-label': l10n.t('Legend of the merged graph'), hidden: true },
  });
  return {
    element: legend,
    update(state, before) {
      const isVisible = ({ view, compared }: PageState): boolean =>
        compared !== null && view.mode === 'graph' && view.compare.drawing === 'merged';
      legend.hidden = !isVisible(state);
      if (legend.hidden) return;
      if (
        state.compared !== before?.compared ||
        state.theme !== before.theme ||
        state.view.compare !== before.view.compare ||
        !isVisible(before)
      )
        render(legendOf(state), legend);
    },
  };
}

function legendOf({ compared, view, theme }: PageState): TemplateResult | typeof nothing {
  if (compared === null) return nothing;
  const { words } = compared;
  const { measure } = view.compare;
  const awaited = measure === 'effect' && areAwaited(compared);
  const most = largest(compared.changes.values(), measure);
  const palette = PALETTES[theme.kind];
  const { positive, negative } = palette.edges;
  const scale = {
    title: awaited ? l10n.t`Change in ${measureNoun(measure)}: not estimated yet` : l10n.t`Change in ${measureNoun(measure)}, square-root`,
    hint: measureMeaning(measure),
    diverging: true,
    ticks: awaited ? [] : signedTicks(most, (change) => formatChange(measure, change)),
  };
  const item = (picture: HTMLCanvasElement, text: string) => html`<span class="legend-item">${picture}${text}</span>`;
  return html`<div class="legend-bar"><div class="legend-scale">${scaleBar(scale, palette)}</div></div>
    <div class="legend-group">
      ${item(tornPicture('left', negative), l10n.t`only ${words.left.there}`)}
      ${item(tornPicture('right', positive), l10n.t`only ${words.right.there}`)}
      ${item(linePicture(positive, []), l10n.t`edge stronger ${words.right.there}`)}
      ${item(linePicture(negative, [4, 3]), l10n.t`edge stronger ${words.left.there}`)}
    </div>`;
}

/** A node that only one side has. */
function tornPicture(side: Side, colour: string): HTMLCanvasElement {
  return legendPicture((ctx) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.5;
    ctx.stroke(tornOutline(otherSide(side), PICTURE.width / 2, PICTURE.height / 2, PICTURE.width - 3, PICTURE.height - 2));
  });
}

function linePicture(colour: string, dashes: readonly number[]): HTMLCanvasElement {
  return legendPicture((ctx) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 3;
    ctx.setLineDash([...dashes]);
    ctx.beginPath();
    ctx.moveTo(0, PICTURE.height / 2);
    ctx.lineTo(PICTURE.width, PICTURE.height / 2);
    ctx.stroke();
  });
}
