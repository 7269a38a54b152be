/** The whole pass at a glance, one cell a layer; a run of cells is what the graph shows. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { measuredInWords } from '#core/present/describe';
import { showToken } from '#core/text/token-text';
import { html } from '../lib/dom/html';
import { readableOn, toHex, type Rgb } from '../lib/colour/colour';
import { PALETTES, sample } from '../lib/colour/palettes';
import { element, setAttributes } from '../lib/dom/element';
import { unseen } from '../lib/dom/unseen';
import { formatCount, formatNumber, formatProbability, formatRank, formatSigned } from '../lib/format/number';
import type { PageState } from '../state/page-state';
import type { Page, Part } from '../state/page';

interface Range {
  readonly from: number;
  readonly to: number;
}

/** One cell of the strip: a layer, or the embeddings as layer -1. */
export interface LayerCell {
  readonly layer: number;
  /** all that the cell stands for, in words */
  readonly said: string;
  readonly content: TemplateResult;
  /** null: no colour of its own */
  readonly colour: Rgb | null;
}

/** @param cellsOf what the strip tells of each layer */
export function createDepthStrip(page: Page, cellsOf: (state: PageState) => readonly LayerCell[] = depthCells): Part {
  const cells = element('div', { class: 'depth-cells', attributes: { role: 'group', 'aria-label': l10n.t('Layers') } });
  const caption = element('span', { class: 'depth-caption', testId: 'layer-caption' });
  const strip = element('div', { class: 'depth-strip', testId: 'layer-strip' }, caption, cells);

  /** Where a drag or a shift-extension began; the range follows the other end. */
  let anchor = 0;
  let dragged: Range | null = null;

  const layerOf = (target: EventTarget | null): number | null => {
    const cell = target instanceof Element ? target.closest<HTMLElement>('[data-layer]') : null;
    return cell === null || !cells.contains(cell) ? null : Number(cell.dataset['layer']);
  };
  const between = (one: number, other: number): Range => ({ from: Math.min(one, other), to: Math.max(one, other) });
  const ask = (layers: Range): void => {
    const now = page.state().request?.layers;
    if (now?.from !== layers.from || now.to !== layers.to) page.ask({ layers });
  };
  const mark = (layers: Range | null): void => {
    for (const cell of cells.querySelectorAll<HTMLElement>('[data-layer]')) {
      const layer = Number(cell.dataset['layer']);
      const chosen = layers !== null && layer >= layers.from && layer <= layers.to;
      cell.classList.toggle('chosen', chosen);
      cell.classList.toggle('first', chosen && layer === layers.from);
      cell.classList.toggle('last', chosen && layer === layers.to);
      if (page.live) setAttributes(cell, { 'aria-pressed': chosen ? 'true' : 'false' });
    }
  };

  if (page.live) {
    cells.addEventListener('pointerdown', (event) => {
      const layer = layerOf(event.target);
      if (layer === null || event.button !== 0) return;
      if (!event.shiftKey) anchor = layer;
      dragged = between(anchor, layer);
      mark(dragged);
    });
    cells.addEventListener('pointerover', (event) => {
      const layer = layerOf(event.target);
      if (dragged === null || layer === null || event.buttons !== 1) return;
      dragged = between(anchor, layer);
      mark(dragged);
    });
    window.addEventListener('pointerup', () => {
      if (dragged !== null) ask(dragged);
      dragged = null;
    });
    window.addEventListener('pointercancel', () => {
      dragged = null;
      mark(page.state().request?.layers ?? null);
    });
    // A click without pointer events comes from the keyboard or from assistive technology.
    cells.addEventListener('click', (event) => {
      const layer = layerOf(event.target);
      if (layer === null || event.detail > 0) return;
      if (!event.shiftKey) anchor = layer;
      ask(between(anchor, layer));
    });
    cells.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const layer = layerOf(event.target);
      const layers = page.state().request?.layers;
      if (step === undefined || layer === null || layers === undefined) return;
      event.preventDefault();
      const next = cells.querySelector<HTMLElement>(`[data-layer="${layer + step}"]`);
      if (next === null) return;
      next.focus();
      if (event.shiftKey) ask(between(anchor, layer + step));
      else anchor = layer + step;
    });
  }

  const cellOf = ({ layer, said, content, colour }: LayerCell): TemplateResult => {
    const isBlock = layer >= 0;
    const name = html`<span class="depth-layer">${isBlock ? html`${unseen(`${l10n.t('Layer')} `)}${layer}` : l10n.t('emb')}</span>`;
    const style = colour === null ? '' : `background-color: ${toHex(colour)}; color: ${readableOn(colour)}`;
    const kind = isBlock ? 'depth-cell' : 'depth-cell embeddings';
    const [testId, ofLayer] = [`layer-cell-${layer}`, isBlock ? layer : nothing];
    return page.live && isBlock
      ? html`<button type="button" class=${kind} data-testid=${testId} data-layer=${ofLayer} title=${said} .style=${style}>
          ${name}${content}
        </button>`
      : html`<div class=${kind} data-testid=${testId} data-layer=${ofLayer} title=${said} .style=${style}>${name}${content}</div>`;
  };
  const draw = (state: PageState): void => void render(cellsOf(state).map(cellOf), cells);

  return {
    element: strip,
    update(state, before) {
      const redraw = state.shown !== before?.shown || state.view.colourBy !== before.view.colourBy || state.theme !== before.theme;
      if (redraw) draw(state);
      const layers = state.request?.layers ?? null;
      if (redraw || layers !== (before?.request?.layers ?? null)) {
        mark(layers);
        if (layers !== null) {
          if (state.shown !== before?.shown) anchor = layers.from;
          caption.textContent = layers.from === layers.to ? l10n.t`Layer ${layers.from}` : l10n.t`Layers ${layers.from}–${layers.to}`;
          if (state.shown !== before?.shown) cells.querySelector('.chosen.last')?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
        }
      }
    },
  };
}

/** The name of a layer in words. */
export function layerName(layer: number): string {
  return layer < 0 ? l10n.t('Embeddings') : l10n.t`Layer ${layer}`;
}

/** The stream after every block of one pass: the most likely token, and the target's rank. */
function depthCells({ shown, view, theme }: PageState): readonly LayerCell[] {
  if (shown === null) return [];
  const scale = shown.scale(view.colourBy);
  const palette = PALETTES[theme.kind];
  const measured = measuredInWords(shown.graph);
  return shown.graph.stream.map((step) => {
    const { layer, reading, norm, share } = step;
    const place = scale.place(step);
    const top = reading.top[0];
    const { rank, probability } = reading.target;
    return {
      layer,
      said: [
        top
          ? l10n.t`${layerName(layer)}: most likely ${showToken(top)} ${formatProbability(top.probability)}`
          : l10n.t`${layerName(layer)}: most likely nothing`,
        l10n.t`target ${formatRank(rank)}, ${formatProbability(probability)}`,
        l10n.t`entropy ${formatNumber(reading.entropy)} bits`,
        l10n.t`norm ${formatNumber(norm)}`,
        l10n.t`adds ${formatSigned(share)} to the ${measured}`,
      ].join('; '),
      content: html`<span class="depth-token">${unseen(`, ${l10n.t('most likely')} `)}${top && showToken(top)}</span>
        <span class="depth-rank">${unseen(`, ${l10n.t('target')} `)}#${formatCount(rank)}</span>`,
      colour: place === null ? null : sample(scale.diverging ? palette.diverging : palette.sequential, place),
    };
  });
}
