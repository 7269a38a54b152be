/** How well a fitted lens predicts the model, for a terminal. */
import type { LensReport } from '../../core/insight/lens-report';
import { counted, fixed, percent } from './figures';
import { columns } from './table';

/** One line a border: the logit lens, then the fitted one. */
export function lensReportTable({ logit, fitted, baseline, tokens, ridge, skipped, note, name, file }: LensReport): string {
  const rows = fitted.agreement.map((agreement, border) => [
    `${border}`,
    percent(logit.agreement[border] ?? 0),
    fixed(logit.divergence[border] ?? 0),
    percent(agreement),
    fixed(fitted.divergence[border] ?? 0),
  ]);
  const [firstSkipped] = skipped;
  const notes = [
    `agrees: in what part of the positions the first token is the model’s own; bits: mean KL divergence from what the model says. On ${counted(tokens.judged, 'token')} that neither the maps (${tokens.fitted}) nor the ridge strength (${tokens.chosen}) saw.`,
    `A guess that knows only how frequent tokens are: ${percent(baseline.agreement)}, ${fixed(baseline.divergence)} bits. Ridge strength: ${ridge} of the stream’s mean variance.`,
    ...(note === undefined ? [] : [note]),
    ...(firstSkipped === undefined
      ? []
      : [`${counted(skipped.length, 'part')} of the texts could not be run: ${firstSkipped.name}: ${firstSkipped.reason}`]),
    `Lens ${name}: ${file}`,
  ];
  const head = ['blocks passed', 'logit agrees', 'bits', 'fitted agrees', 'bits'];
  return `${columns([head, ...rows])}\n${notes.map((line) => `${line}\n`).join('')}`;
}
