/** A head as a memory: under its pinned card, where it looks, what it reads there, and from where the tokens stem that it writes. */
import type { FlowNode } from '#core/format/flow-graph';
import { standsForHead } from '#core/format/node-kinds';
import type { HeadMemory, MemorySource, WrittenToken } from '#core/insight/attention-memory';
import type { Look } from '#core/protocol/insight';
import { showToken } from '#core/text/token-text';
import { button } from '../../lib/controls/toolkit';
import { element, unseen } from '../../lib/dom/element';
import { formatProbability, formatSigned } from '../../lib/format/number';
import { nodeCard, type CardOf } from '../../parts/cards/node-card';
import type { Page } from '../../state/page';
import { createWaiting } from '../../parts/answer';
import { lookOf, type Asked } from '../../state/insight-state';

/** Value tokens of each source, and tokens that the head writes against. */
const VALUES = 6;

type Origin = WrittenToken['stemsFrom'];
const ORIGINS: readonly Origin[] = ['source', 'neighbours', 'others'];

/** The card of a node; that of a head has what it reads and writes, or asks for it. */
export function memoryCard(page: Page): CardOf {
  return (id, state, options) => {
    const made = nodeCard(id, state, options);
    const look = lookAt(state.shown?.nodes.get(id));
    if (made !== null && look !== null && page.live)
      made.querySelector('.card-facts')?.after(memorySection(page, look, lookOf(state.insights, look) as Asked<HeadMemory>));
    return made;
  };
}

function lookAt(node: FlowNode | undefined): Look | null {
  if (node?.head === undefined || !standsForHead(node.kind)) return null;
  return { of: 'headMemory', layer: node.layer, head: node.head };
}

function memorySection(page: Page, look: Look, asked: Asked<HeadMemory>): HTMLElement {
  const section = element('section', { class: 'card-also memory', testId: 'memory' });
  if (asked.kind === 'absent') {
    section.append(button({ label: 'What This Head Reads and Writes', testId: 'memory-ask', press: () => page.look(look) }));
  } else if (asked.kind === 'here') {
    section.append(...memoryOf(asked.value));
  } else {
    const waiting = createWaiting(page, look, 'Reading the head');
    waiting.update(asked);
    section.append(waiting.element);
  }
  return section;
}

function memoryOf({ sources, written, suppressed, stems, tokens }: HeadMemory): HTMLElement[] {
  const strongest = `‘${showToken(tokens[sources[0].position])}’`;
  const names: Readonly<Record<Origin, string>> = { source: strongest, neighbours: 'tokens beside it', others: 'elsewhere' };
  return [
    element('p', {
      class: 'insight-note',
      text:
        'Where the head looks, what it would write if it looked only there, and what it writes. ' +
        'The bar of a token tells which sources its direct effect comes from; it is no test of cause.',
    }),
    element('h3', { class: 'card-also-title', text: 'Reads' }),
    element(
      'ol',
      { class: 'memory-sources', testId: 'memory-sources' },
      ...sources.map((source) => sourceItem(source, showToken(tokens[source.position]))),
    ),
    element('h3', { class: 'card-also-title', text: 'Writes' }),
    element(
      'div',
      { class: 'memory-origins', testId: 'memory-stems' },
      parts(ORIGINS.map((origin) => [origin, stems[origin]] as const)),
      ...ORIGINS.map((origin) =>
        element(
          'span',
          { class: `memory-origin ${origin}` },
          element('span', { class: `part ${origin}`, attributes: { 'aria-hidden': 'true' } }),
          `${Math.round(stems[origin] * written.length)} of ${written.length} most from ${names[origin]}`,
        ),
      ),
    ),
    element('ol', { class: 'memory-written', testId: 'memory-written' }, ...written.map((token) => writtenItem(token, names))),
    element('h3', { class: 'card-also-title', text: 'Writes against' }),
    element(
      'ol',
      { class: 'memory-written', testId: 'memory-suppressed' },
      ...suppressed.slice(0, VALUES).map((token) => writtenItem(token, names)),
    ),
  ];
}

function sourceItem({ attention, reading }: MemorySource, token: string): HTMLElement {
  const bar = element('span', { class: 'bar' });
  bar.style.setProperty('--part', attention.toFixed(3));
  return element(
    'li',
    {},
    element('span', { class: 'list-token', text: token }),
    bar,
    element('span', { class: 'list-figure' }, unseen(', attention '), formatProbability(attention)),
    element(
      'span',
      { class: 'memory-values' },
      unseen(', value '),
      ...reading.top.slice(0, VALUES).map((value) => element('span', { class: 'list-token', text: showToken(value) })),
    ),
  );
}

function writtenItem(token: WrittenToken, names: Readonly<Record<Origin, string>>): HTMLElement {
  const said = ORIGINS.map((origin) => `${formatSigned(token.from[origin])} from ${names[origin]}`).join(', ');
  return element(
    'li',
    { attributes: { title: said } },
    element('span', { class: 'list-token', text: showToken(token) }),
    parts(ORIGINS.map((origin) => [origin, token.from[origin]] as const)),
    element('span', { class: 'list-figure' }, unseen(', effect '), formatSigned(token.effect)),
    unseen(`: ${said}`),
  );
}

/** Parts side by side, each as wide as its size; what takes away is hatched. */
function parts(of: readonly (readonly [Origin, number])[]): HTMLElement {
  const total = of.reduce((sum, [, size]) => sum + Math.abs(size), 0) || 1;
  return element(
    'span',
    { class: 'parts', attributes: { 'aria-hidden': 'true' } },
    ...of.map(([origin, size]) => {
      const made = element('span', { class: size < 0 ? `part ${origin} negative` : `part ${origin}` });
      made.style.width = `${(100 * Math.abs(size)) / total}%`;
      return made;
    }),
  );
}
