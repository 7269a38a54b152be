/** A head as a memory: under its pinned card, where it looks, what it reads there, and from where the tokens stem that it writes. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { FlowNode } from '#core/format/flow-graph';
import { standsForHead } from '#core/format/node-kinds';
import type { HeadMemory, MemorySource, WrittenToken } from '#core/insight/attention-memory';
import type { InsightRequest } from '#core/protocol/insight';
import { readThroughInWords } from '#core/present/lens-words';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { unseen } from '../../lib/dom/unseen';
import { formatProbability, formatSigned } from '../../lib/format/number';
import { waitingBox } from '../../parts/answer';
import { nodeCard, type CardOf } from '../../parts/cards/node-card';
import { insightOf, type Asked } from '../../state/insight-state';
import type { Page } from '../../state/page';

/** Value tokens of each source, and tokens that the head writes against. */
const VALUES = 6;

type Origin = WrittenToken['stemsFrom'];
const ORIGINS: readonly Origin[] = ['source', 'neighbours', 'others'];

/** The card of a node; that of a head has what it reads and writes, or asks for it. */
export function memoryCard(page: Page): CardOf {
  return (id, state, options) => {
    const request = requestOf(state.shown?.nodes.get(id));
    if (request === null || !page.live) return nodeCard(id, state, options);
    const memory = insightOf(state.insights, request);
    return nodeCard(id, state, {
      ...options,
      underFigures: html`${options.underFigures}
        <section class="card-also memory" data-testid="memory">${memorySection(page, request, memory)}</section>`,
    });
  };
}

function requestOf(node: FlowNode | undefined): InsightRequest<'headMemory'> | null {
  if (node?.head === undefined || !standsForHead(node.kind)) return null;
  return { of: 'headMemory', layer: node.layer, head: node.head };
}

function memorySection(page: Page, request: InsightRequest<'headMemory'>, asked: Asked<HeadMemory>): TemplateResult {
  if (asked.kind === 'absent')
    return button({ label: l10n.t('What This Head Reads and Writes'), testId: 'memory-ask', press: () => page.requestInsight(request) });
  return asked.kind === 'here' ? memoryOf(asked.value) : waitingBox(page, request, l10n.t('Reading the head'), asked);
}

function memoryOf({ sources, written, suppressed, stems, tokens, measure, model }: HeadMemory): TemplateResult {
  const at = (position: number): string => showToken(tokens[position] ?? { text: '' });
  const names: Readonly<Record<Origin, string>> = {
    source: `‘${at(sources[0]?.position ?? 0)}’`,
    neighbours: l10n.t('the tokens next to it'),
    others: l10n.t('elsewhere'),
  };
  return html`<p class="insight-note">
      ${l10n.t('Where the head looks, what it would write if it looked only there, and what it writes. Bars show where each token’s direct effect comes from. This is attribution, not a causal test.')}${' '}
      ${
        measure === 'centred'
          ? l10n.t('Effects are centred: less what is added to all logits on average.')
          : l10n.t('Effects are raw: what is added to the logits themselves.')
      }
    </p>
    <h3 class="card-also-title" title=${readThroughInWords(model)}>${l10n.t('Reads')}</h3>
    <ol class="memory-sources" data-testid="memory-sources">
      ${sources.map((source) => sourceItem(source, at(source.position)))}
    </ol>
    <h3 class="card-also-title">${l10n.t('Writes')}</h3>
    <div class="memory-origins" data-testid="memory-stems">
      ${parts(stems)}
      ${ORIGINS.map(
        (origin) =>
          html`<span class="memory-origin ${origin}"
            ><span class="part ${origin}" aria-hidden="true"></span
            >${l10n.t`${Math.round(stems[origin] * written.length)} of ${written.length} mainly from ${names[origin]}`}</span
          >`,
      )}
    </div>
    <ol class="memory-written" data-testid="memory-written">
      ${written.map((token) => writtenItem(token, names))}
    </ol>
    <h3 class="card-also-title">${l10n.t('Suppresses')}</h3>
    <ol class="memory-written" data-testid="memory-suppressed">
      ${suppressed.slice(0, VALUES).map((token) => writtenItem(token, names))}
    </ol>`;
}

function sourceItem({ attention, reading }: MemorySource, token: string): TemplateResult {
  return html`<li>
    <span class="list-token">${token}</span>
    <span class="bar" .style=${`--part: ${attention.toFixed(3)}`}></span>
    <span class="list-figure">${unseen(`, ${l10n.t('attention')} `)}${formatProbability(attention)}</span>
    <span class="memory-values"
      >${unseen(`, ${l10n.t('value')} `)}${reading.top.slice(0, VALUES).map((value) => html`<span class="list-token">${showToken(value)}</span>`)}</span
    >
  </li>`;
}

function writtenItem(token: WrittenToken, names: Readonly<Record<Origin, string>>): TemplateResult {
  const said = ORIGINS.map((origin) => l10n.t`${formatSigned(token.from[origin])} from ${names[origin]}`).join(', ');
  return html`<li title=${said}>
    <span class="list-token">${showToken(token)}</span>
    ${parts(token.from)}
    <span class="list-figure">${unseen(`, ${l10n.t('effect')} `)}${formatSigned(token.effect)}</span>${unseen(`: ${said}`)}
  </li>`;
}

/** Parts side by side, each as wide as its size; what takes away is hatched. */
function parts(sizes: Readonly<Record<Origin, number>>): TemplateResult {
  const total = ORIGINS.reduce((sum, origin) => sum + Math.abs(sizes[origin]), 0) || 1;
  return html`<span class="parts" aria-hidden="true"
    >${ORIGINS.map((origin) => {
      const size = sizes[origin];
      const kind = size < 0 ? `part ${origin} negative` : `part ${origin}`;
      return html`<span class=${kind} .style=${`width: ${(100 * Math.abs(size)) / total}%`}></span>`;
    })}</span
  >`;
}
