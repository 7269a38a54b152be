/** A whole pass at a glance: every layer at every position, and what every block does to the prediction at one. */
import { nodeId } from '#core/format/node-id';
import {
  NO_SHARES,
  type BlockOverview,
  type BranchEffect,
  type EffectOnToken,
  type GridStream,
  type Overview,
  type OverviewCell,
} from '#core/insight/overview';
import { showToken } from '#core/text/token-text';
import { PALETTES } from '../../lib/colour/palettes';
import { dropdown } from '../../lib/controls/toolkit';
import { element, fill, setAttributes, unseen } from '../../lib/dom/element';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';
import type { Screen } from '../../parts/screen';
import type { PageState } from '../../state/page-state';
import { scaleBar } from '../../parts/scale-bar';
import type { Page } from '../../state/page';
import { createAnswered, createWaiting } from '../../parts/answer';
import { colourOf, logitName, PROBABILITY_AXIS, shareAxis, targetRankAxis, type Axis } from '../../lib/colour/axes';
import { createCellGrid, type GridData, type GridHeading } from '../../lib/controls/cell-grid';
import type { GridColour } from '../../state/grid-view';
import { createPromptHeader } from '../../parts/prompt-header';

const STREAMS: Readonly<Record<GridStream, { readonly name: string; readonly node: (layer: number) => string }>> = {
  resid_post: { name: 'Residual stream', node: nodeId.residPost },
  attn_out: { name: 'Attention output', node: nodeId.attnOut },
  mlp_out: { name: 'Feed-forward output', node: nodeId.mlpOut },
};

const COLOURS: readonly (readonly [GridColour, string])[] = [
  ['rank', 'Rank of target'],
  ['probability', 'Probability'],
];

export function createOverviewScreen(page: Page): Screen {
  const header = createPromptHeader(page, 'Overview of a forward pass');
  const waiting = createWaiting(page, { of: 'overview' }, 'Looking at every layer');

  const open = (layer: number, position: number, pin: string): void => {
    page.dispatch({ type: 'view', change: { tab: 'graph', mode: 'graph' } });
    if (!page.state().view.pinned.includes(pin)) page.dispatch({ type: 'togglePin', id: pin });
    page.ask({ layers: { from: layer, to: layer }, position });
  };

  // What each layer says

  const streams = element(
    'div',
    { class: 'modes', attributes: { role: 'group', 'aria-label': 'What is read' } },
    ...Object.entries(STREAMS).map(([stream, { name }]) =>
      element('button', {
        class: 'mode',
        testId: `stream-${stream}`,
        text: name,
        attributes: { type: 'button' },
        on: { click: () => page.dispatch({ type: 'view', change: { grid: { ...page.state().view.grid, stream: stream as GridStream } } }) },
      }),
    ),
  );
  const colour = dropdown({
    label: 'Colour by',
    testId: 'grid-colour-by',
    choices: COLOURS,
    choose: (colourBy) => page.dispatch({ type: 'view', change: { grid: { ...page.state().view.grid, colourBy } } }),
  });
  const gridScale = element('div', { class: 'legend-scale', testId: 'grid-scale' });
  const grid = createCellGrid({
    label: 'What each layer says at each position. Arrow keys move, Enter opens the flow graph.',
    testId: 'overview-grid',
    cellWidth: 84,
    open: (layer, position) => open(layer, position, STREAMS[page.state().view.grid.stream].node(layer)),
  });

  // What each block does

  const headScale = element('div', { class: 'legend-scale', testId: 'heads-scale' });
  const heads = createCellGrid({
    label: 'Share of each head. Arrow keys move, Enter opens the flow graph at the head.',
    testId: 'heads-grid',
    cellWidth: 52,
    open: (layer, head) => {
      const { request, shown } = page.state();
      // The head is drawn for certain where all are.
      if (request !== null && shown !== null && request.counts.heads < shown.graph.model.nHeads)
        page.ask({ counts: { ...request.counts, heads: 0 } });
      open(layer, request?.position ?? 0, nodeId.headOut(layer, head));
    },
  });
  const effectsTitle = element('h2', {});
  const noShares = element('p', { class: 'insight-note', testId: 'no-shares', text: NO_SHARES });
  const effects = element('div', {
    class: 'effects',
    testId: 'effects',
    attributes: { role: 'table', 'aria-label': 'What each block does to the prediction' },
  });

  const whatBlocksDo = element(
    'section',
    {},
    effectsTitle,
    element('p', {
      class: 'insight-note',
      text:
        'What attention and feed-forward layer of each block add to the final logits at the position under study, the final norm’s scale held as it is in this pass. ' +
        'This is the direct effect alone: what later blocks make of it is not in these figures.',
    }),
    element('div', { class: 'insight-controls' }, element('h3', { text: 'Share of each head' }), headScale),
    heads.element,
    effects,
  );

  const found = element(
    'div',
    { class: 'insight-found', attributes: { hidden: true } },
    element(
      'section',
      {},
      element('h2', { text: 'What each layer says' }),
      element('p', {
        class: 'insight-note',
        text:
          'Each cell reads one vector with the logit lens: its most likely next token, as if the model ended there. ' +
          'It does not show what later layers still make of it, and it is least faithful in early layers, whose states are not yet meant for the unembedding.',
      }),
      element(
        'div',
        { class: 'insight-controls' },
        streams,
        element('div', { class: 'control' }, element('span', { class: 'control-label', text: 'Colour' }), colour.element),
        gridScale,
      ),
      grid.element,
    ),
    whatBlocksDo,
    noShares,
  );
  const stage = element(
    'div',
    { class: 'stage insight', attributes: { tabindex: 0, role: 'region', 'aria-label': 'Overview' } },
    waiting.element,
    found,
  );
  const answered = createAnswered<Overview>(found, waiting);

  const drawGrid = (overview: Overview, state: PageState): void => {
    const { stream, colourBy } = state.view.grid;
    const palette = PALETTES[state.theme.kind];
    const axis = colourBy === 'rank' ? targetRankAxis(overview) : PROBABILITY_AXIS;
    for (const mode of streams.querySelectorAll<HTMLElement>('.mode'))
      setAttributes(mode, { 'aria-pressed': String(mode.dataset['testid'] === `stream-${stream}`) });
    colour.show(colourBy);
    fill(gridScale, ...scaleBar(axis, palette));
    grid.show(gridData(overview, state, axis));
  };

  const drawEffects = (overview: Overview, state: PageState): void => {
    const { blocks, target, tokens, position } = overview;
    whatBlocksDo.hidden = blocks.length === 0;
    noShares.hidden = blocks.length > 0;
    if (blocks.length === 0) return;
    const most = Math.max(...blocks.flatMap((block) => block.heads.map(Math.abs)));
    const axis = shareAxis(target, most);
    const palette = PALETTES[state.theme.kind];
    effectsTitle.textContent = `What each block does to the prediction after ‘${showToken(tokens[position])}’`;
    fill(headScale, ...scaleBar(axis, palette));
    const layers = state.shown?.graph.layers ?? [];
    heads.show({
      rows: layerHeadings(overview, layers),
      columns: Array.from({ length: overview.model.nHeads }, (_, h) => ({ text: `h${h}`, said: `Head ${h}`, current: false })),
      cell: (layer, h) => {
        const share = blocks[layer].heads[h];
        const text = formatSigned(Number(share.toFixed(1)));
        return { text, colour: colourOf(share, axis, palette), said: `Layer ${layer}, head ${h}: share ${text}` };
      },
      card: (layer, h) => factsCard(`Layer ${layer} · head ${h}`, formatSigned(blocks[layer].heads[h]), [['Share of', logitName(target)]]),
    });
    const widest = Math.max(...blocks.flatMap(({ attention, mlp }) => [Math.abs(attention.share), Math.abs(mlp.share)]), 1e-9);
    fill(
      effects,
      element(
        'div',
        { class: 'effects-row effects-head', attributes: { role: 'row' } },
        ...['Layer', 'Attention', 'Feed-forward'].map((text) => element('span', { text, attributes: { role: 'columnheader' } })),
      ),
      ...blocks.map((block) => effectsRow(block, widest, target.id)),
    );
  };

  // What is under way is shown over the part that scrolls, not in it.
  const main = element('main', { class: 'main' }, stage);
  return {
    element: element('div', { class: 'screen' }, header.element, main),
    stage: main,
    drawing: null,
    update(state, before) {
      header.update(state, before);
      const { overview } = state.insights;
      const value = answered.update(overview, state);
      if (value === null) return;
      const changed = overview !== before?.insights.overview || state.theme !== before.theme || state.shown !== before.shown;
      if (changed || state.view.grid !== before.view.grid) drawGrid(value, state);
      if (changed) drawEffects(value, state);
    },
  };
}

function layerHeadings({ model }: Overview, shown: readonly number[]): readonly GridHeading[] {
  return Array.from({ length: model.nLayers }, (_, layer) => ({
    text: String(layer),
    said: `Layer ${layer}`,
    current: shown.includes(layer),
  }));
}

function gridData(overview: Overview, state: PageState, axis: Axis): GridData {
  const { tokens, position, target } = overview;
  const { stream, colourBy } = state.view.grid;
  const palette = PALETTES[state.theme.kind];
  const cells = overview.grid[stream];
  const place = (p: number): string => `position ${p}, ‘${showToken(tokens[p])}’`;
  return {
    rows: layerHeadings(overview, state.shown?.graph.layers ?? []),
    columns: tokens.map((token, p) => ({ text: showToken(token), said: `Position ${p}: ${showToken(token)}`, current: p === position })),
    cell: (layer, p) => {
      const { top, target: figures } = cells[layer][p];
      const figure = colourBy === 'rank' ? `target ${formatRank(figures.rank)}` : formatProbability(top.probability);
      return {
        text: showToken(top),
        colour: colourOf(colourBy === 'rank' ? figures.rank : top.probability, axis, palette),
        said: `Layer ${layer}, ${place(p)}: ${showToken(top)}, ${figure}`,
      };
    },
    card: (layer, p) => cellCard(cells[layer][p], `Layer ${layer} · ${place(p)}`, showToken(target)),
  };
}

function cellCard({ top, target, entropy }: OverviewCell, title: string, name: string): HTMLElement {
  return factsCard(title, showToken(top), [
    ['Its probability', formatProbability(top.probability)],
    [`Target ${name}`, `${formatRank(target.rank)} · ${formatProbability(target.probability)}`],
    ['Logit', formatSigned(target.logit)],
    ['Entropy', `${formatNumber(entropy)} bits`],
  ]);
}

/** A small card: title, what stands out, figures. */
function factsCard(title: string, label: string, facts: readonly (readonly [name: string, value: string])[]): HTMLElement {
  return element(
    'div',
    { class: 'facts-card' },
    element('div', { class: 'card-title', text: title }),
    element('div', { class: 'card-label', text: label }),
    element(
      'dl',
      { class: 'facts' },
      ...facts.map(([name, value]) => element('div', {}, element('dt', { text: name }), element('dd', { text: value }))),
    ),
  );
}

function effectsRow({ layer, attention, mlp }: BlockOverview, widest: number, target: number): HTMLElement {
  return element(
    'div',
    { class: 'effects-row', testId: `effects-${layer}`, attributes: { role: 'row' } },
    element('span', { class: 'effects-layer', attributes: { role: 'rowheader' } }, unseen('Layer '), String(layer)),
    branchCell('Attention', attention, widest, target),
    branchCell('Feed-forward', mlp, widest, target),
  );
}

function branchCell(name: string, { share, promotes, suppresses }: BranchEffect, widest: number, target: number): HTMLElement {
  const bar = element('span', { class: share < 0 ? 'signed-bar negative' : 'signed-bar', attributes: { 'aria-hidden': 'true' } });
  bar.style.setProperty('--part', (Math.abs(share) / widest).toFixed(3));
  return element(
    'div',
    { class: 'effects-branch', attributes: { role: 'cell' } },
    element(
      'div',
      { class: 'effects-share' },
      element('span', { class: 'effects-branch-name', text: name }),
      bar,
      element('span', { class: 'effects-figure', text: formatSigned(share) }),
      unseen(' share of the target’s logit'),
    ),
    effectList('▲', 'promotes', promotes, target),
    effectList('▽', 'suppresses', suppresses, target),
  );
}

function effectList(sign: string, what: 'promotes' | 'suppresses', tokens: readonly EffectOnToken[], target: number): HTMLElement {
  return element(
    'div',
    { class: `effect-list ${what}` },
    element('span', { class: 'effect-sign', text: sign, attributes: { 'aria-hidden': 'true', title: what } }),
    unseen(`${what} `),
    ...(tokens.length === 0
      ? ['nothing']
      : tokens.map((token) =>
          element(
            'span',
            { class: token.id === target ? 'effect is-target' : 'effect' },
            element('span', { class: 'list-token', text: showToken(token) }),
            element('span', { class: 'effect-figure', text: formatSigned(token.effect) }),
          ),
        )),
  );
}
