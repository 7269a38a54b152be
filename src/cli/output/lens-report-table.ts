/** Lenses for a terminal: how well one predicts the model, and which there are. */
import type { LensListing } from '../../core/insight/lens-listing';
import type { LensReport, LensSumsReport } from '../../core/insight/lens-report';
import { counted, fixed, percent } from './figures';
import { columns } from './table';

/** One line a border: the logit lens, then this one. */
export function lensReportTable({ kind, logit, fitted, baseline, tokens, known, skipped, note, name, file, ...made }: LensReport): string {
  const rows = fitted.agreement.map((agreement, border) => [
    `${border}`,
    percent(logit.agreement[border] ?? 0),
    fixed(logit.divergence[border] ?? 0),
    percent(agreement),
    fixed(fitted.divergence[border] ?? 0),
    ...(made.parts ? [border < made.parts.length ? percent(made.parts[border] ?? 0) : ''] : []),
  ]);
  const unseen = kind === 'fitted' ? `neither the maps (${tokens.fitted}) nor what was chosen (${tokens.chosen}) saw` : 'were held back';
  const [firstSkipped] = skipped;
  const notes = [
    `agrees: in what part of the positions the first token is the model’s own; bits: mean KL divergence from what the model says. On ${counted(tokens.judged, 'token')} that ${unseen}.`,
    ...(made.parts
      ? ['of it: what part of the map is the ridge solution’s, as was best on text held back; the rest is the logit lens’s.']
      : []),
    `A guess that knows only how frequent tokens are: ${percent(baseline.agreement)}, ${fixed(baseline.divergence)} bits.`,
    ...(made.ridge === undefined ? [] : [`Ridge strength: ${made.ridge} of the stream’s mean variance.`]),
    ...(note === undefined ? [] : [note]),
    ...(known === undefined ? [] : [`${known.parts} of ${counted(known.of, 'part')} of the texts had been summed up before.`]),
    ...(firstSkipped === undefined
      ? []
      : [`${counted(skipped.length, 'part')} of the texts could not be run: ${firstSkipped.name}: ${firstSkipped.reason}`]),
    `Lens ${name}: ${file}`,
  ];
  const head = ['blocks passed', 'logit agrees', 'bits', `${kind} agrees`, 'bits', ...(made.parts ? ['of it'] : [])];
  return `${columns([head, ...rows])}\n${notes.map((line) => `${line}\n`).join('')}`;
}

/** What a shard has left. */
export function lensSumsLine({ file, parts, of, tokens }: LensSumsReport): string {
  return `${parts} of ${counted(of, 'part')} of the texts, ${counted(tokens, 'token')}: ${file}\n`;
}

/** The lenses that can be asked for, the logit lens among them. */
export function lensListTable({ lenses, unchosen }: LensListing): string {
  const half = ({ agreement }: { readonly agreement: readonly number[] }): string => {
    const middle = agreement[Math.floor((agreement.length - 1) / 2)];
    return middle === undefined ? '' : percent(middle);
  };
  const [known] = lenses;
  const usual = (name: string): string => (name === unchosen ? 'used where none is chosen' : '');
  return `${columns([
    ['lens', 'kind', 'from', 'agrees half-way', ''],
    ['logit', 'logit', '', known ? half(known.logit) : '', usual('logit')],
    ...lenses.map((lens) => [lens.name, lens.kind, lens.source, half(lens.fitted), usual(lens.name)]),
  ])}\n`;
}
