/** The lenses of the model: what each is worth, border by border, beside the logit lens; which is used; fitting and deleting. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { isBetterEverywhere, LOGIT_LENS } from '#core/format/lens-worth';
import type { LensEntry } from '#core/insight/lens-listing';
import { FAINT_BELOW, lensTitle } from '#core/present/lens-words';
import { PALETTES } from '../../lib/colour/palettes';
import { button } from '../../lib/controls/button';
import { columnHeader, figuresTable, rowHeader, tableCell, tableRow } from '../../lib/controls/figures-table';
import { element } from '../../lib/dom/element';
import { html } from '../../lib/dom/html';
import { insightScreen } from '../../parts/insight-screen';
import type { Screen } from '../../parts/screen';
import type { Page } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { assertNever } from '#core/problem';
import { lensPlot } from './lens-plot';

export function createLensesScreen(page: Page): Screen {
  const section = element('section', { class: 'lenses' });

  const use = (name: string, chosen: string): TemplateResult =>
    name === chosen
      ? html`<span class="lens-used" data-testid="lens-used">${l10n.t('in use')}</span>`
      : button({
          label: l10n.t('Use'),
          spoken: l10n.t('Use the lens {0}', lensTitle(name)),
          testId: `use-lens-${name}`,
          press: () => page.post({ type: 'chooseLens', lens: name }),
        });

  const lensOf = (lens: LensEntry, chosen: string): TemplateResult => {
    const { name, source } = lens;
    const remove = button({
      label: l10n.t('Delete…'),
      spoken: l10n.t('Delete the lens {0}', lensTitle(name)),
      testId: `delete-lens-${name}`,
      press: () => page.post({ type: 'deleteLens', lens: name }),
    });
    return html`<section data-testid="lens-${name}">
      <div class="insight-controls">
        <h2>${lensTitle(name)}</h2>
        <span>${source === 'published' ? l10n.t('published with the model') : l10n.t('fitted here')}</span>
        ${use(name, chosen)} ${source === 'kept' ? remove : nothing}
      </div>
      <p class="insight-note">${[madeHow(lens), judgedHow(lens), verdict(lens)].join(' ')}</p>
      <div class="lens-plots">
        ${lensPlot({ title: l10n.t('Agreement: cases in which the first token is the model’s own'), logit: lens.logit.agreement, fitted: lens.fitted.agreement, most: 1, write: (value) => `${percent(value)} %` })}
        ${lensPlot({ title: l10n.t('KL divergence from the model’s prediction, bits'), logit: lens.logit.divergence, fitted: lens.fitted.divergence, most: Math.ceil(Math.max(...lens.logit.divergence, ...lens.fitted.divergence)), write: (value) => value.toFixed(1) })}
      </div>
      <p class="lens-key">
        <span
          ><svg viewBox="0 0 24 8" aria-hidden="true"><line class="lens-line logit" x1="0" x2="24" y1="4" y2="4"></line></svg
          >${l10n.t('logit lens')}</span
        >
        <span
          ><svg viewBox="0 0 24 8" aria-hidden="true"><line class="lens-line fitted" x1="0" x2="24" y1="4" y2="4"></line></svg
          >${l10n.t('this lens')}</span
        >
      </p>
      ${table(lens)}
    </section>`;
  };

  const screen = ({ lenses, theme }: PageState): TemplateResult => {
    const { families } = PALETTES[theme.kind];
    section.style.setProperty('--lens-logit', families.stream);
    section.style.setProperty('--lens-fitted', families.feedForward);
    const none = html`<p class="insight-note" data-testid="lenses-none">
      ${l10n.t('No lens has been fitted for this model yet. Its readings are those of the logit lens, of which nothing is known here.')}
    </p>`;
    return html`<h1>${title()}</h1>
      <p class="insight-note">
        ${l10n.t('The logit lens reads a vector of the stream as if the remaining blocks did nothing. A fitted lens first maps it to what the final stream is most likely to be: it reads early layers better, but it predicts, and may know what the model has not yet written. Shares, effects and sums do not depend on the lens. Readings of layers where a lens agrees with the model in less than {0} % of cases are drawn faint.', percent(FAINT_BELOW))}
      </p>
      <div class="insight-controls">
        ${button({ label: l10n.t('Fit a Lens…'), look: 'primary', testId: 'fit-lens', press: () => page.post({ type: 'command', command: 'fitLens' }) })}
        ${lenses === null || lenses.listing.lenses.length === 0 ? nothing : html`<span>${lensTitle(LOGIT_LENS)}</span>${use(LOGIT_LENS, lenses.chosen)}`}
      </div>
      ${lenses?.listing.refused.map((reason) => html`<p class="insight-note" role="status" data-testid="lens-refused">${reason}</p>`)}
      ${lenses === null || lenses.listing.lenses.length === 0 ? none : keptFirst(lenses.listing.lenses).map((lens) => lensOf(lens, lenses.chosen))}`;
  };

  return insightScreen({
    label: l10n.t('Lenses'),
    content: [section],
    picture: { state: page.state, head: () => ({ title: title(), lines: [] }) },
    update(state, before) {
      if (state.lenses !== before?.lenses || state.theme !== before.theme) render(screen(state), section);
    },
  });
}

/** What the user has fitted is looked for first. */
function keptFirst(lenses: readonly LensEntry[]): readonly LensEntry[] {
  return [...lenses.filter(({ source }) => source === 'kept'), ...lenses.filter(({ source }) => source !== 'kept')];
}

/** How a lens was made, in a sentence. */
function madeHow({ kind, tokens, ridge }: LensEntry): string {
  const counted = tokens.fitted.toLocaleString('en');
  switch (kind) {
    case 'fitted':
      return l10n.t('Fitted on {0} tokens with a ridge of {1} of the stream’s mean variance.', counted, String(ridge ?? 0));
    case 'jacobian':
      return l10n.t('The averaged Jacobian, with an offset measured on {0} tokens.', counted);
    case 'tuned':
      return l10n.t('Trained elsewhere with the package tuned-lens.');
    default:
      return assertNever(kind);
  }
}

/** On what it was judged, and what a blind guess reaches there. */
function judgedHow({ tokens, baseline }: LensEntry): string {
  return l10n.t(
    'Judged on {0} held-out tokens. Guessing by token frequency alone agrees in {1} % of cases, at {2} bits.',
    tokens.judged.toLocaleString('en'),
    percent(baseline.agreement),
    baseline.divergence.toFixed(2),
  );
}

/** Whether it is what is used where nothing is chosen, and why. */
function verdict({ name, logit, fitted }: LensEntry): string {
  if (isBetterEverywhere(fitted, logit)) {
    return name === 'fitted'
      ? l10n.t('It is better than the logit lens at every depth, so it is the default.')
      : l10n.t('It is better than the logit lens at every depth.');
  }
  const worse = fitted.divergence.flatMap((bits, border) =>
    border < fitted.divergence.length - 1 &&
    (bits >= (logit.divergence[border] ?? 0) || (fitted.agreement[border] ?? 0) < (logit.agreement[border] ?? 0))
      ? [border]
      : [],
  );
  return l10n.t(
    'It is not better than the logit lens at every depth (not after {0} blocks), so the logit lens stays the default.',
    worse.join(', '),
  );
}

/** A row for each border: both figures of both lenses. */
function table({ name: lens, logit, fitted }: LensEntry): TemplateResult {
  const names = [l10n.t('Logit agrees'), l10n.t('this lens'), l10n.t('Logit, bits'), l10n.t('this lens')];
  return figuresTable({
    kind: 'lens-figures',
    testId: 'lens-table',
    lines: true,
    label: l10n.t('Agreement with the model and KL divergence at every depth: {0}', lensTitle(lens)),
    head: [l10n.t('Blocks passed'), ...names].map((name) => columnHeader(name)),
    rows: fitted.agreement.map((agreement, border) => {
      const figures = [
        `${percent(logit.agreement[border] ?? 0)} %`,
        `${percent(agreement)} %`,
        (logit.divergence[border] ?? 0).toFixed(2),
        (fitted.divergence[border] ?? 0).toFixed(2),
      ];
      return tableRow(
        `lens-border-${border}`,
        rowHeader([html`${border}`]),
        ...figures.map((figure, i) => tableCell('figure', names[i] ?? '', figure)),
      );
    }),
  });
}

function percent(part: number): string {
  return String(Math.round(100 * part));
}

/** What the view is called, on the page and above its picture. */
function title(): string {
  return l10n.t('How vectors are read as tokens');
}
