/** The backward lens: on the cards of the stream and of what is added to it, what the gradient there says, and what a step of gradient descent would write into the feed-forward layer. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import type { FlowNode, TokenScore } from '#core/format/flow-graph';
import type {
  BackwardLens,
  DirectionReading,
  FeedForwardUpdate,
  GradientReading,
  NeuronUpdate,
  PositionUpdate,
} from '#core/insight/backward-lens';
import type { InsightRequest } from '#core/protocol/insight';
import { GRADIENT_LENS, saturationInWords } from '#core/present/gradient-words';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { unseen } from '../../lib/dom/unseen';
import { formatNumber } from '../../lib/format/number';
import { waitingBox } from '../../parts/answer';
import type { CardOf } from '../../parts/cards/node-card';
import { insightOf, type Asked } from '../../state/insight-state';
import type { Page } from '../../state/page';

/** Tokens in each list. */
const NAMED = 6;
/** Tokens of an imprint, of a shift, and of a neuron's vectors. */
const WRITTEN = 3;
/** Positions listed; of a longer prompt those that write most. */
const POSITIONS = 12;

/** What a card shows of the block's gradients. */
interface Place {
  readonly layer: number;
  readonly gradient: (found: BackwardLens) => GradientReading | undefined;
  /** whether what a step would write belongs to it; the neuron whose card it is */
  readonly update?: { readonly neuron?: number };
}

/** Cards with gradients, where a node has one. @param base makes the card otherwise */
export function gradientCard(page: Page, base: CardOf): CardOf {
  return (id, state, options) => {
    const node = state.shown?.nodes.get(id);
    const place = node && placeOf(node);
    if (!place || !page.live) return base(id, state, options);
    const request = { of: 'backwardLens', layer: place.layer } as const;
    const asked = insightOf<'backwardLens'>(state.insights, request);
    const fold = (title: string, testId: string, content: (found: BackwardLens) => TemplateResult) =>
      folded(page, request, asked, { title, testId, content });
    return base(id, state, {
      ...options,
      underFigures: html`${options.underFigures}
      ${fold(l10n.t('Gradient'), 'gradient', (found) => gradientOf(found, place.gradient(found)))}
      ${
        place.update === undefined
          ? nothing
          : fold(l10n.t('What one step of descent writes'), 'update', (found) => updateOf(found, place.update?.neuron))
      }`,
    });
  };
}

/** Where a node is in the backward pass; null: it has no gradient of its own here. */
function placeOf({ kind, layer, neuron }: FlowNode): Place | null {
  const border = (found: BackwardLens, at: number) => found.stream.find((one) => one.border === at)?.positions[found.position];
  switch (kind) {
    case 'embed':
      return { layer: 0, gradient: (found) => border(found, 0) };
    case 'resid_pre':
      return { layer, gradient: (found) => border(found, layer) };
    case 'resid_post':
      return { layer, gradient: (found) => border(found, layer + 1) };
    // What is added to the stream between the branches has the gradient of that stream.
    case 'attn_out':
    case 'resid_mid':
      return { layer, gradient: (found) => found.layer?.attnOut[found.position] };
    case 'mlp_out':
      return { layer, gradient: (found) => found.layer?.mlpOut[found.position], update: {} };
    case 'neuron_key':
    case 'neuron_value':
      // What a neuron writes is added to the stream with the rest of its layer.
      return { layer, gradient: (found) => found.layer?.mlpOut[found.position], update: neuron === undefined ? {} : { neuron } };
    default:
      return null;
  }
}

/** A section that asks for what it shows when it is opened. */
function folded(
  page: Page,
  request: InsightRequest<'backwardLens'>,
  asked: Asked<BackwardLens>,
  {
    title,
    testId,
    content,
  }: { readonly title: string; readonly testId: string; readonly content: (found: BackwardLens) => TemplateResult },
): TemplateResult {
  const ask = ({ currentTarget }: Event) => {
    const isOpen = currentTarget instanceof HTMLDetailsElement && currentTarget.open;
    if (isOpen && insightOf(page.state().insights, request).kind === 'absent') page.requestInsight(request);
  };
  return html`<details class="card-also gradient" data-testid=${testId} @toggle=${ask}>
    <summary class="card-also-title">${title}</summary>
    ${
      asked.kind === 'here'
        ? content(asked.value)
        : asked.kind === 'absent'
          ? // Where the target has changed under an open section.
            button({ label: l10n.t('Read the Gradient'), testId: `${testId}-ask`, press: () => page.requestInsight(request) })
          : waitingBox(page, request, l10n.t('Reading the gradient'), asked)
    }
  </details>`;
}

function gradientOf(
  { target, loss, saturated, tokens, position, model }: BackwardLens,
  gradient: GradientReading | undefined,
): TemplateResult {
  const { norm, reading } = gradient ?? { norm: 0, reading: null };
  const tokenHere = showToken(tokens[position] ?? { text: '' });
  return html`<p class="insight-note">
      ${
        saturated
          ? saturationInWords(saturated, target)
          : l10n.t('Where a step of gradient descent would move this vector at ‘{0}’ to make {1} likelier.', tokenHere, showToken(target))
      }
      ${model.lens === undefined || model.lens.kind === 'logit' ? nothing : GRADIENT_LENS}
      ${
        // Of a token that the model predicts already there is next to nothing to learn.
        !saturated && target.rank === 1
          ? l10n.t('The model predicts this token already. Choose another target to see what it would take to learn that.')
          : nothing
      }
    </p>
    <dl class="card-facts">
      <div>
        <dt>${l10n.t('Loss')}</dt>
        <dd>${l10n.t('{0} nats', formatNumber(loss))}</dd>
      </div>
      <div>
        <dt>${l10n.t('Norm')}</dt>
        <dd>${formatNumber(norm)}</dd>
      </div>
    </dl>
    ${
      reading === null
        ? html`<p class="insight-note">${l10n.t('Nothing that happens here changes the loss.')}</p>`
        : html`<dl class="gradient-says" data-testid="gradient-says">
            <dt>${l10n.t('Adds')}</dt>
            <dd>${tokensOf(reading.top, NAMED)}</dd>
            <dt>${l10n.t('Removes')}</dt>
            <dd>${tokensOf(reading.bottom, NAMED)}</dd>
          </dl>`
    }`;
}

function updateOf({ layer, tokens, target }: BackwardLens, ownNeuron: number | undefined): TemplateResult {
  if (layer === undefined) return html``;
  const { positions, neurons, rank }: FeedForwardUpdate = layer.update;
  const listed = strongest(positions);
  const sizes = listed.map(writtenBy);
  const most = Math.max(...sizes, Number.MIN_VALUE);
  const mostOfNeurons = neurons[0]?.strength ?? 1;
  const others = positions.length - listed.length;
  return html`<p class="insight-note">
      ${l10n.t('What a step would write into the MLP of layer {0} to make {1} likelier. At each token, neurons learn to recognize the layer’s input (imprint) and to say the shift: imprint → shift. Bars: size, for a learning rate of 1.', layer.layer, showToken(target))}
    </p>
    <ol class="gradient-writes" data-testid="update-positions">
      ${listed.map((position, i) =>
        written({
          title: showToken(tokens[position.position] ?? { text: '' }),
          size: sizes[i] ?? 0,
          most,
          imprint: position.imprint.reading,
          shift: position.shift.reading,
        }),
      )}
    </ol>
    ${others > 0 ? html`<p class="insight-note">${l10n.t('Tokens left out because they write less: {0}.', others)}</p>` : nothing}
    <h3 class="card-also-title">${l10n.t('Neurons that change most')}</h3>
    ${
      rank === 0
        ? html`<p class="insight-note">${l10n.t('None: no token adds anything.')}</p>`
        : html`<ol class="gradient-writes" data-testid="update-neurons">
            ${neurons.map((neuron) => neuronItem(neuron, mostOfNeurons, neuron.neuron === ownNeuron))}
          </ol>`
    }
    ${
      ownNeuron !== undefined && !neurons.some(({ neuron }) => neuron === ownNeuron)
        ? html`<p class="insight-note">${l10n.t('Neuron {0} is not among them.', ownNeuron)}</p>`
        : nothing
    }`;
}

/** The positions that write most, in the order of the prompt. */
function strongest(positions: readonly PositionUpdate[]): readonly PositionUpdate[] {
  if (positions.length <= POSITIONS) return positions;
  return positions
    .toSorted((a, b) => writtenBy(b) - writtenBy(a))
    .slice(0, POSITIONS)
    .sort((a, b) => a.position - b.position);
}

/** Frobenius norm of what a position adds to all matrices. */
function writtenBy({ imprint, shift }: PositionUpdate): number {
  return Math.hypot(imprint.strength, shift.strength);
}

function neuronItem({ neuron, strength, key, value }: NeuronUpdate, most: number, own: boolean): TemplateResult {
  return written({ title: l10n.t('neuron {0}', neuron), size: strength, most, imprint: key.reading, shift: value.reading, own });
}

/** One line of sizes, and below it what is written: recognized → said. */
function written(of: {
  readonly title: string;
  readonly size: number;
  readonly most: number;
  readonly imprint: DirectionReading;
  readonly shift: DirectionReading;
  readonly own?: boolean;
}): TemplateResult {
  return html`<li class=${of.own ? 'is-target' : ''}>
    <span class="list-token">${of.title}</span>
    <span class="bar" .style=${`--part: ${(of.size / of.most).toFixed(3)}`}></span>
    <span class="list-figure">${unseen(`, ${l10n.t('size')} `)}${formatNumber(of.size)}</span>
    <span class="gradient-pair">
      ${unseen(`, ${l10n.t('imprint')} `)}<span>${tokensOf(of.imprint?.top ?? [], WRITTEN)}</span>
      <span class="gradient-arrow" aria-hidden="true">→</span>
      ${unseen(`, ${l10n.t('shift')} `)}<span>${tokensOf(of.shift?.top ?? [], WRITTEN)}</span>
    </span>
  </li>`;
}

function tokensOf(tokens: readonly TokenScore[], count: number): readonly TemplateResult[] | string {
  if (tokens.length === 0) return '–';
  return tokens
    .slice(0, count)
    .map((token, i) => html`${i > 0 ? unseen(', ') : nothing}<span class="list-token">${showToken(token)}</span>`);
}
