/**
 * The whole pass at a glance, one bar a layer; a run of layers is what the graph shows. All layers are in sight at every width:
 * bars shrink, and words give way where there is no room for them.
 */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { measuredInWords } from '#core/present/describe';
import { agreementInWords, isFaint, readThroughInWords } from '#core/present/lens-words';
import { showToken } from '#core/text/token-text';
import { html } from '../lib/dom/html';
import { toHex, type Rgb } from '../lib/colour/colour';
import { PALETTES, sample } from '../lib/colour/palettes';
import { element, setAttributes } from '../lib/dom/element';
import { unseen } from '../lib/dom/unseen';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../lib/format/number';
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
  /** the same in two or three words, for the caption */
  readonly inShort: string;
  /** tokens that the layer says, written over its bar where there is room */
  readonly tokens: readonly string[];
  /** of the bar, 0…1 */
  readonly height: number;
  /** what it says, says next to nothing of the model */
  readonly doubtful?: boolean;
  /** null: no colour of its own */
  readonly colour: Rgb | null;
}

/** Which layers are named below their bars, by the number of bars between two names; narrower bars have fewer. */
const NAMED_EVERY = [20, 10, 5, 2, 1];

/** @param cellsOf what the strip tells of each layer */
export function createDepthStrip(page: Page, cellsOf: (state: PageState) => readonly LayerCell[] = depthCells): Part {
  const cells = element('div', { class: 'depth-cells', attributes: { role: 'group', 'aria-label': l10n.t('Layers') } });
  const name = element('span', { class: 'depth-name', testId: 'layer-caption' });
  const inShort = element('span', { class: 'depth-short', testId: 'layer-short' });
  const names = element('div', { class: 'depth-names', attributes: { 'aria-hidden': 'true' } });
  const strip = element(
    'div',
    { class: 'depth-strip', testId: 'layer-strip' },
    element('div', { class: 'depth-caption' }, name, inShort),
    element('div', { class: 'depth-bars' }, cells, names),
  );
  let drawn: readonly LayerCell[] = [];
  /** the cell under the pointer, or with the keyboard's focus */
  let pointed: number | null = null;

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
      const label = names.children[drawn.findIndex((one) => one.layer === layer)];
      label?.classList.toggle('chosen', chosen);
      label?.classList.toggle('end', chosen && (layer === layers.from || layer === layers.to));
    }
  };
  /** Says what is drawn, and beside it a word about the layer that is pointed at, or about the last one that is drawn. */
  const tell = (): void => {
    const layers = page.state().request?.layers;
    if (layers === undefined) return;
    const chosen = layers.from === layers.to ? l10n.t`Layer ${layers.from}` : l10n.t`Layers ${layers.from}–${layers.to}`;
    name.textContent = pointed === null ? chosen : layerName(pointed);
    inShort.textContent = drawn.find(({ layer }) => layer === (pointed ?? layers.to))?.inShort ?? '';
  };
  const point = (target: EventTarget | null): void => {
    const cell = target instanceof Element ? target.closest<HTMLElement>('.depth-cell') : null;
    pointed = cell === null ? null : (drawn[[...cells.children].indexOf(cell)]?.layer ?? null);
    tell();
  };
  cells.addEventListener('pointerover', ({ target }) => point(target));
  cells.addEventListener('pointerleave', () => point(null));
  cells.addEventListener('focusin', ({ target }) => point(target));
  cells.addEventListener('focusout', () => point(null));

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

  const cellOf = ({ layer, said, tokens, height, colour, doubtful = false }: LayerCell): TemplateResult => {
    const isBlock = layer >= 0;
    const bar = `--height: ${height.toFixed(3)};${colour === null ? '' : ` --colour: ${toHex(colour)}`}`;
    const [testId, ofLayer] = [`layer-cell-${layer}`, isBlock ? layer : nothing];
    const content = html`${tokens.map((token) => html`<span class=${doubtful ? 'depth-token doubtful' : 'depth-token'} aria-hidden="true">${token}</span>`)}<span
        class="depth-bar"
        aria-hidden="true"
        .style=${bar}
      ></span
      >${unseen(said)}`;
    return page.live && isBlock
      ? html`<button type="button" class="depth-cell" data-testid=${testId} data-layer=${ofLayer} title=${said}>${content}</button>`
      : html`<div class="depth-cell" data-testid=${testId} data-layer=${ofLayer} title=${said}>${content}</div>`;
  };
  const nameOf = ({ layer }: LayerCell): TemplateResult => {
    const every = NAMED_EVERY.find((step) => layer % step === 0) ?? 1;
    return layer < 0
      ? html`<span class="depth-layer embeddings"><span>${l10n.t('emb')}</span></span>`
      : html`<span class="depth-layer" data-every=${every}><span>${layer}</span></span>`;
  };
  const draw = (state: PageState): void => {
    drawn = cellsOf(state);
    render(drawn.map(cellOf), cells);
    render(drawn.map(nameOf), names);
  };

  return {
    element: strip,
    update(state, before) {
      const redraw = state.shown !== before?.shown || state.view.colourBy !== before.view.colourBy || state.theme !== before.theme;
      if (redraw) draw(state);
      const layers = state.request?.layers ?? null;
      if (redraw || layers !== (before?.request?.layers ?? null)) {
        if (state.shown !== before?.shown && layers !== null) anchor = layers.from;
        mark(layers);
        tell();
      }
    },
  };
}

/** The name of a layer in words. */
export function layerName(layer: number): string {
  return layer < 0 ? l10n.t('Embeddings') : l10n.t`Layer ${layer}`;
}

/** The stream after every block of one pass: the most likely token, and the target's probability. */
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
        agreementInWords(shown.graph.model, layer + 1) ?? readThroughInWords(shown.graph.model),
      ].join('; '),
      inShort: l10n.t`${showToken(shown.graph.target)} ${formatProbability(probability)}`,
      tokens: top === undefined ? [] : [showToken(top)],
      height: probability,
      doubtful: isFaint(shown.graph.model, layer + 1),
      colour: place === null ? null : sample(scale.diverging ? palette.diverging : palette.sequential, place),
    };
  });
}
