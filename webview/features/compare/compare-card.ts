/** The card of a node and its twin, next to each other, with what changed between them. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import { ifDefined } from 'lit-html/directives/if-defined.js';
import type { Side } from '#core/format/comparison';
import { isSilent, spokenTokens } from '#core/format/spoken-tokens';
import { nodeSentence, nodeTitle, shareName, targetInWords } from '#core/present/describe';
import type { Measure } from '#core/compare/what-changed';
import type { FlowNode, Reading } from '#core/format/flow-graph';
import type { InterventionMode } from '#core/format/component';
import { NODE_KINDS } from '#core/format/node-kinds';
import { termOfKind } from '#core/present/glossary';
import { assertNever } from '#core/problem';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { nodeText } from '#core/present/node-text';
import { familyOf } from '../../lib/colour/palettes';
import { copyButton } from '../../lib/controls/copy-button';
import { referenceOf } from '../../state/effects';
import { unseen } from '../../lib/dom/unseen';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';
import { labelOf } from '../../lib/format/label';
import { expertHeading } from '../../parts/cards/expert-list';
import type { CardOf } from '../../parts/cards/node-card';
import { termText } from '../../parts/term';
import { formatChange } from '../../state/measures';
import { otherSide, SIDES, type ShownComparison } from '../../state/shown-comparison';
import { expertsOfSide } from './expert-lists';

/** A node as each side has it. */
export type Twins = Readonly<Record<Side, FlowNode | undefined>>;

export function twinsOf(compared: ShownComparison, id: string): Twins {
  return { left: compared.left.nodes.get(id), right: compared.right.nodes.get(id) };
}

export const compareCard: CardOf = (id, { compared }, { palette, rows, testId, nodeId, corner, copies, underTitle, underFigures }) => {
  const node = compared?.merged.nodes.get(id);
  if (compared === null || node === undefined) return null;
  const twins = twinsOf(compared, id);
  const title = nodeTitle(node, compared.merged.graph);
  const present = SIDES.filter((side) => twins[side] !== undefined);
  const labels = present.map((side) => labelOf(twins[side] ?? node));
  const [only] = present;
  const own = only === undefined ? undefined : twins[only];
  return html`<article
    class="card compare-card"
    data-testid=${testId}
    data-node=${ifDefined(nodeId)}
    aria-label=${title}
    .style=${`--family: ${palette.families[familyOf(node.kind)]}`}
  >
    <header class="card-header">
      <h2 class="card-title" data-testid="card-title">${termText(termOfKind(node.kind), title)}</h2>
      <span class="card-corner"
        >${copies ? copyButton({ text: () => twinsText(twins, compared), testId: 'card-copy' }) : nothing}${corner}</span
      >
      <div class="card-label">${[...new Set(labels)].join(' → ')}</div>
    </header>
    ${underTitle}
    <p class="card-sentence">
      ${
        present.length === 1 && only !== undefined && own !== undefined
          ? l10n.t`Only ${compared.words[only].there}: ${nodeSentence(own, compared[only].graph)}`
          : nodeSentence(node, compared.merged.graph)
      }
    </p>
    ${SIDES.map((side) => interventionNote(compared.words[side].name, twins[side]))} ${figures(twins, compared, id)} ${underFigures}
    ${node.experts && expertHeading(compared.merged.graph.model)}
    <div class="card-lists twin-lists">${SIDES.map((side) => tokenList(side, twins, compared, rows.first))}</div>
  </article>`;
};

/** The card of either side as text, under its name. */
function twinsText(twins: Twins, compared: ShownComparison): string {
  return SIDES.flatMap((side) => {
    const node = twins[side];
    return node === undefined ? [] : [`${compared.words[side].name}\n${nodeText(node, compared[side].graph, referenceOf(compared[side]))}`];
  }).join('\n');
}

/** What was done to the node in the pass of a side. */
function interventionNote(name: string, node: FlowNode | undefined): TemplateResult | null {
  if (node?.intervention === undefined) return null;
  return html`<p class="card-always" data-testid="card-intervention">${doneInWords(name, node.intervention)}</p>`;
}

function doneInWords(name: string, mode: InterventionMode): string {
  switch (mode) {
    case 'zero':
      return l10n.t`${name}: switched off.`;
    case 'patch':
      return l10n.t`${name}: replaced with its value on another prompt.`;
    case 'mean':
      return l10n.t`${name}: set to its mean over other prompts.`;
    default:
      return assertNever(mode);
  }
}

/** A reading that says something: a vector of zeros has none. */
function readingOf({ reading, norm }: FlowNode): FlowNode['reading'] {
  return norm === 0 ? null : reading;
}

/** One line of the figures: what is measured, left, right, and the change where there is one. */
interface Figure {
  readonly name: string | TemplateResult;
  readonly of: (node: FlowNode) => string | null;
  readonly change: string | null;
}

function figuresOf(twins: Twins, compared: ShownComparison, id: string): readonly Figure[] {
  const change = compared.changes.get(id)?.change ?? {};
  const said = (measure: Measure): string | null => {
    const value = change[measure];
    return value === undefined ? null : formatChange(measure, value);
  };
  const ofReading =
    (figure: (reading: Reading) => string): Figure['of'] =>
    (node) => {
      const reading = readingOf(node);
      return reading && figure(reading);
    };
  const read = SIDES.every((side) => twins[side] === undefined || readingOf(twins[side]) !== null);
  return [
    { name: l10n.t('Rank'), of: ofReading(({ target: { rank } }) => formatRank(rank)), change: read ? rankChange(twins) : null },
    {
      name: l10n.t('Probability'),
      of: ofReading((reading) => formatProbability(reading.target.probability)),
      change: read ? said('probability') : null,
    },
    { name: l10n.t('Logit'), of: ofReading((reading) => formatNumber(reading.target.logit)), change: read ? said('logit') : null },
    {
      name: termText('share', shareName(compared.comparison.left.target.measure)),
      of: ({ share }) => (share === undefined ? null : formatSigned(share)),
      change: said('share'),
    },
    {
      name: termText('effect', l10n.t('Estimated effect')),
      of: ({ kind, effect }) => (effect === undefined || NODE_KINDS[kind].role === 'stream' ? null : formatSigned(effect.value)),
      change: said('effect'),
    },
    {
      name: l10n.t('Attention'),
      of: ({ attention }) => (attention === undefined ? null : formatProbability(attention)),
      change: said('attention'),
    },
    {
      name: l10n.t('Sink'),
      of: ({ sink }) => (sink === undefined ? null : formatProbability(sink)),
      change: sinkChange(twins),
    },
    {
      name: (twins.left ?? twins.right)?.kind === 'expert' ? l10n.t('Weight') : l10n.t('Coefficient'),
      of: ({ coefficient }) => (coefficient === undefined ? null : formatSigned(coefficient)),
      change: said('coefficient'),
    },
    { name: termText('norm', l10n.t('Norm')), of: ({ norm }) => formatNumber(norm), change: said('norm') },
  ];
}

function figures(twins: Twins, compared: ShownComparison, id: string): TemplateResult {
  const target = (side: Side): string => targetInWords(compared.comparison[side]);
  return html`<table class="card-figures" data-testid="card-figures">
    <thead>
      <tr>
        <th>${compared.whatIf ? l10n.t`Target ${target('left')}` : l10n.t('Target')}</th>
        ${SIDES.map(
          (side) =>
            html`<th class="of-${side}" scope="col">
              ${compared.whatIf ? compared.words[side].name : html`${unseen(`${compared.words[side].name}, `)}${target(side)}`}
            </th>`,
        )}
        <th scope="col">${unseen(l10n.t('Change'))}</th>
      </tr>
    </thead>
    <tbody>
      ${figuresOf(twins, compared, id).map(({ name, of, change }) => {
        const values = SIDES.map((side) => (twins[side] === undefined ? null : of(twins[side])));
        if (values.every((value) => value === null)) return nothing;
        return html`<tr>
          <th scope="row">${name}</th>
          ${values.map((value) => html`<td>${value ?? '–'}</td>`)}
          <td class="card-change">${change}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function sinkChange({ left, right }: Twins): string | null {
  return left?.sink === undefined || right?.sink === undefined ? null : formatChange('attention', right.sink - left.sink);
}

/** Ranks in places rather than in powers of ten. */
function rankChange({ left, right }: Twins): string | null {
  if (!left?.reading || !right?.reading) return null;
  const by = left.reading.target.rank - right.reading.target.rank;
  return by === 0 ? '=' : `${by > 0 ? '↑' : '↓'}${formatNumber(Math.abs(by))}`;
}

function tokenList(side: Side, twins: Twins, compared: ShownComparison, count: number): TemplateResult {
  const node = twins[side];
  const other = twins[otherSide(side)];
  const others = other === undefined ? null : spokenTokens(other).map(({ id }) => id);
  return html`<section class="card-list">
    <h3 class="card-list-title of-${side}"><span>${compared.words[side].name}</span></h3>
    ${
      node === undefined
        ? html`<p class="card-absent">${compared.whatIf ? l10n.t('not in this pass') : l10n.t('not in this prompt')}</p>`
        : node.experts
          ? expertsOfSide(side, node.experts, other?.experts)
          : isSilent(node)
            ? html`<p class="card-absent">
                ${node.norm === 0 ? l10n.t('nothing: its vector is 0') : l10n.t('nothing: its coefficient is 0')}
              </p>`
            : html`<ol data-testid="card-list-${side}">
                ${spokenTokens(node)
                  .slice(0, count)
                  .map(
                    (token, i) =>
                      html`<li class=${token.id === compared[side].graph.target.id ? 'is-target' : ''}>
                        <span class="list-token">${showToken(token)}</span>
                        <span class="list-figure"
                          >${(node.coefficient ?? 0) < 0 ? formatSigned(token.logit) : formatProbability(token.probability)}</span
                        >
                        ${moved(side, others, token.id, i)}
                      </li>`,
                  )}
              </ol>`
    }
  </section>`;
}

/** How the right list differs from the left: what rose, what fell, what is new; on the left, what is gone. */
function moved(side: Side, others: readonly number[] | null, id: number, place: number): TemplateResult {
  const there = others === null ? place : others.indexOf(id);
  if (there < 0) return html`<span class="moved only">${side === 'left' ? l10n.t('gone') : l10n.t('new')}</span>`;
  const by = there - place;
  return html`<span class="moved">${side === 'left' || by === 0 ? '' : by > 0 ? `↑${by}` : `↓${-by}`}</span>`;
}
