/** The controls: target, colours, counts, the drawing's zoom, and drawing or table. */
import { DEFAULT_COUNTS, type GraphCounts } from '#core/format/graph-counts';
import { COLOUR_BY, SCALE_NAMES } from '../lib/colour/scales';
import { button, dropdown } from '../lib/controls/toolkit';
import { debounce } from '../lib/dom/debounce';
import { element, setAttributes } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import type { Mode } from '../state/view-state';
import type { PageState } from '../state/page-state';
import { createTarget, createTargetText } from './target';
import type { Page, Part } from '../state/page';

/** What the toolbar may do to the drawing. */
export interface ZoomCommands {
  fit(): void;
  zoom(direction: 1 | -1): void;
}

export function createToolbar(page: Page, zoom: ZoomCommands): Part {
  const question = [
    page.live ? createTarget(page) : createTargetText(),
    createColourBy(page),
    ...(page.live ? [createDetailToggle(page), createCompareWith(page)] : []),
  ];
  const drawing = [createZoom(zoom), createModes(page)];
  const toolbar = element(
    'div',
    { class: 'toolbar', attributes: { role: 'group', 'aria-label': 'Controls' } },
    ...question.map((part) => part.element),
    element('span', { class: 'toolbar-spacer' }),
    ...drawing.map((part) => part.element),
  );
  return { element: toolbar, update: (state, before) => [...question, ...drawing].forEach((part) => part.update(state, before)) };
}

export function createColourBy(page: Page): Part {
  const choice = dropdown({
    label: 'Colour by',
    testId: 'colour-by',
    choices: COLOUR_BY.map((by) => [by, SCALE_NAMES[by]] as const),
    choose: (colourBy) => page.dispatch({ type: 'view', change: { colourBy } }),
  });
  return {
    element: element('div', { class: 'control' }, element('span', { class: 'control-label', text: 'Colour' }), choice.element),
    update: (state) => choice.show(state.view.colourBy),
  };
}

export function createDetailToggle(page: Page): Part {
  const toggle = element(
    'button',
    {
      class: 'disclosure',
      testId: 'detail-toggle',
      attributes: { type: 'button', 'aria-controls': 'visit-detail' },
      on: { click: () => page.dispatch({ type: 'view', change: { detailOpen: !page.state().view.detailOpen } }) },
    },
    icon('chevron'),
    'Detail',
  );
  return {
    element: toggle,
    update: ({ view }) => setAttributes(toggle, { 'aria-expanded': String(view.detailOpen) }),
  };
}

/** Opens the form in which the prompt to compare with is typed. */
function createCompareWith(page: Page): Part {
  const open = button({ label: 'Compare with…', testId: 'compare-with', press: () => page.dispatch({ type: 'asking', asking: true }) });
  return {
    element: open,
    update: ({ asking }) => {
      open.hidden = asking;
    },
  };
}

type Count = Exclude<keyof GraphCounts, 'tokens'>;

const COUNTS: readonly {
  readonly key: Count;
  readonly name: string;
  readonly hint: string;
  readonly least: number;
  readonly most: number;
}[] = [
  { key: 'heads', name: 'Heads', hint: 'Heads drawn in each layer; 0 draws all', least: 0, most: 256 },
  { key: 'values', name: 'Sources', hint: 'Tokens drawn for each head, by attention probability', least: 1, most: 64 },
  { key: 'top', name: 'Top neurons', hint: 'Neurons with the largest coefficient × norm', least: 0, most: 200 },
  { key: 'bottom', name: 'Bottom neurons', hint: 'Neurons with the smallest coefficient × norm', least: 0, most: 200 },
];

const COUNT_DELAY_MS = 500;

/** How much is drawn, and exports: the row behind "Detail". */
export function createDetail(page: Page): Part {
  const askCounts = debounce<GraphCounts>(COUNT_DELAY_MS, (counts) => page.ask({ counts }));
  let wanted: GraphCounts | null = null;
  const inputs = COUNTS.map(({ key, name, hint, least, most }) => {
    const input = element('input', {
      class: 'number',
      testId: `count-${key}`,
      attributes: { type: 'number', min: least, max: most, step: 1, 'aria-label': `${name}. ${hint}` },
      on: {
        input: () => {
          if (!input.validity.valid || input.value === '') return;
          wanted = { ...(wanted ?? page.state().request?.counts ?? DEFAULT_COUNTS), [key]: Number(input.value) };
          askCounts(wanted);
        },
      },
    });
    return {
      key,
      input,
      control: element(
        'label',
        { class: 'control', attributes: { title: hint } },
        element('span', { class: 'control-label', text: name }),
        input,
      ),
    };
  });
  const row = element(
    'div',
    { class: 'detail', testId: 'detail', attributes: { id: 'visit-detail', role: 'group', 'aria-label': 'Detail', hidden: true } },
    ...inputs.map(({ control }) => control),
    element(
      'div',
      { class: 'control exports' },
      element('span', { class: 'control-label', text: 'Export' }),
      button({ label: 'JSON', testId: 'export-json', press: () => page.post({ type: 'export', format: 'json' }) }),
      button({ label: 'HTML', testId: 'export-html', press: () => page.post({ type: 'export', format: 'html' }) }),
    ),
  );
  return {
    element: row,
    update(state, before) {
      row.hidden = !state.view.detailOpen || state.shown === null;
      if (state.request?.counts === before?.request?.counts) return;
      wanted = null;
      for (const { key, input } of inputs) {
        if (document.activeElement !== input) input.value = String(state.request?.counts[key] ?? DEFAULT_COUNTS[key]);
      }
    },
  };
}

export function createZoom(commands: ZoomCommands): Part {
  const group = element(
    'div',
    { class: 'control zoom', attributes: { role: 'group', 'aria-label': 'Zoom' } },
    button({ label: 'Zoom out (−)', icon: 'minus', testId: 'zoom-out', press: () => commands.zoom(-1) }),
    button({ label: 'Zoom in (+)', icon: 'plus', testId: 'zoom-in', press: () => commands.zoom(1) }),
    button({ label: 'Fit the whole graph (F)', icon: 'fit', testId: 'fit', press: () => commands.fit() }),
  );
  return {
    element: group,
    update: ({ view }) => {
      group.hidden = view.mode !== 'graph';
    },
  };
}

function createModes(page: Page): Part {
  const mode = (value: Mode, label: string) =>
    element('button', {
      class: 'mode',
      testId: `${value}-toggle`,
      text: label,
      attributes: { type: 'button' },
      on: { click: () => page.dispatch({ type: 'view', change: { mode: value } }) },
    });
  const buttons = { graph: mode('graph', 'Graph'), table: mode('table', 'Table') };
  return {
    element: element('div', { class: 'modes', attributes: { role: 'group', 'aria-label': 'Show as' } }, buttons.graph, buttons.table),
    update({ view }: PageState) {
      setAttributes(buttons.graph, { 'aria-pressed': String(view.mode === 'graph') });
      setAttributes(buttons.table, { 'aria-pressed': String(view.mode === 'table') });
    },
  };
}
