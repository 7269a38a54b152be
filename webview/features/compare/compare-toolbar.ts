/** The controls of a comparison. */
import { contrastInWords } from '#core/present/describe';
import type { ComparedTargets } from '#core/format/comparison';
import { button, dropdown } from '../../lib/controls/toolkit';
import { element, setAttributes } from '../../lib/dom/element';
import { formatSigned } from '../../lib/format/number';
import type { CompareView, Mode } from '../../state/view-state';
import type { PageState } from '../../state/page-state';
import { createColourBy, createDetailToggle, createZoom, type ZoomCommands } from '../../parts/toolbar';
import type { Page, Part } from '../../state/page';
import { MEASURE_NAMES, MEASURES } from '../../state/measures';

const TARGETS: readonly (readonly [ComparedTargets, string])[] = [
  ['own', 'of each'],
  ['left', 'A for both'],
  ['right', 'B for both'],
  ['difference', 'A minus B'],
];

export function createCompareToolbar(page: Page, zoom: ZoomCommands): Part {
  const parts = [
    ...(page.live ? [createTargets(page), createLink(page)] : []),
    createColours(page),
    createMeasure(page),
    createContrast(),
    ...(page.live ? [createDetailToggle(page)] : []),
  ];
  const right = [createZoom(zoom), createViews(page), ...(page.live ? [createActions(page)] : [])];
  return {
    element: element(
      'div',
      { class: 'toolbar', attributes: { role: 'group', 'aria-label': 'Controls' } },
      ...parts.map((part) => part.element),
      element('span', { class: 'toolbar-spacer' }),
      ...right.map((part) => part.element),
    ),
    update: (state, before) => [...parts, ...right].forEach((part) => part.update(state, before)),
  };
}

/** Which token each side is read for. */
function createTargets(page: Page): Part {
  const choice = dropdown({
    label: 'Targets',
    testId: 'compare-targets',
    choices: TARGETS,
    choose: (targets) => page.askComparison({ targets }),
  });
  const control = element('div', { class: 'control' }, element('span', { class: 'control-label', text: 'Targets' }), choice.element);
  return {
    element: control,
    update({ compareRequest, compared }) {
      control.hidden = compared?.whatIf ?? false;
      if (compareRequest !== null) choice.show(compareRequest.targets);
    },
  };
}

function createLink(page: Page): Part {
  const box = element('input', {
    testId: 'linked',
    attributes: { type: 'checkbox' },
    on: { change: () => page.dispatch({ type: 'compareView', change: { linked: box.checked } }) },
  });
  const control = element(
    'label',
    { class: 'control', attributes: { title: 'A position chosen on one side is chosen on the other too, counted from the end' } },
    box,
    'Linked',
  );
  return {
    element: control,
    update({ view, compared }) {
      control.hidden = compared?.whatIf ?? false;
      box.checked = view.compare.linked;
    },
  };
}

/** Side by side, nodes have the colours of a single graph. */
function createColours(page: Page): Part {
  const colours = createColourBy(page);
  return {
    element: colours.element,
    update(state, before) {
      colours.element.hidden = state.view.mode !== 'graph' || state.view.compare.drawing !== 'sides';
      colours.update(state, before);
    },
  };
}

function createMeasure(page: Page): Part {
  const choice = dropdown({
    label: 'Change of',
    testId: 'measure',
    choices: MEASURES.map((measure) => [measure, MEASURE_NAMES[measure]] as const),
    choose: (measure) => page.dispatch({ type: 'compareView', change: { measure } }),
  });
  return {
    element: element('div', { class: 'control' }, element('span', { class: 'control-label', text: 'Change of' }), choice.element),
    update: ({ view }) => choice.show(view.compare.measure),
  };
}

/** The one number that both passes are asked for. A what-if says it on top. */
function createContrast(): Part {
  const text = element('span', { class: 'contrast', testId: 'contrast' });
  return {
    element: text,
    update({ compared }, before) {
      if (compared === null || compared === before?.compared) return;
      text.hidden = compared.whatIf;
      const { contrast } = compared.comparison;
      text.textContent = `${contrastInWords(compared.comparison)}: ${formatSigned(contrast.left)} → ${formatSigned(contrast.right)}`;
      text.title = 'The contrast: what the list of changes takes apart';
    },
  };
}

interface Shape {
  readonly mode: Mode;
  readonly change: Partial<CompareView>;
}

const VIEWS: readonly (readonly [id: string, label: string, shape: Shape])[] = [
  ['sides', 'Side by side', { mode: 'graph', change: { drawing: 'sides' } }],
  ['merged', 'Merged', { mode: 'graph', change: { drawing: 'merged' } }],
  ['changes', 'What changed', { mode: 'table', change: { listing: 'changes' } }],
  ['tree', 'Table', { mode: 'table', change: { listing: 'tree' } }],
];

function createViews(page: Page): Part {
  const buttons = VIEWS.map(([id, label, shape]) => ({
    shape,
    button: element('button', {
      class: 'mode',
      testId: `view-${id}`,
      text: label,
      attributes: { type: 'button' },
      on: {
        click: () => {
          page.dispatch({ type: 'view', change: { mode: shape.mode } });
          page.dispatch({ type: 'compareView', change: shape.change });
        },
      },
    }),
  }));
  const isShown = ({ view }: PageState, { mode, change }: Shape): boolean =>
    view.mode === mode && (mode === 'graph' ? change.drawing === view.compare.drawing : change.listing === view.compare.listing);
  return {
    element: element(
      'div',
      { class: 'modes', attributes: { role: 'group', 'aria-label': 'Show as' } },
      ...buttons.map((each) => each.button),
    ),
    update: (state) => buttons.forEach((each) => setAttributes(each.button, { 'aria-pressed': String(isShown(state, each.shape)) })),
  };
}

function createActions(page: Page): Part {
  const ofPrompts = [
    button({ label: 'Swap sides', icon: 'swap', testId: 'swap', press: () => page.post({ type: 'swap' }) }),
    button({
      label: 'Compare with another prompt',
      icon: 'edit',
      testId: 'compare-with',
      press: () => page.dispatch({ type: 'asking', asking: true }),
    }),
  ];
  const end = button({
    label: 'End the comparison',
    icon: 'close',
    testId: 'end-comparison',
    press: () => page.post({ type: 'single', side: 'left' }),
  });
  return {
    element: element('div', { class: 'control actions' }, ...ofPrompts, end),
    update({ compared }) {
      for (const each of ofPrompts) each.hidden = compared?.whatIf ?? false;
    },
  };
}
