/** Use of experts as comma-separated values (RFC 4180). */
import { showToken } from '../text/token-text';
import { csvLine } from './active-neurons-csv';
import { scoreName, type ExpertUseSurvey } from './expert-use';

/** One line an expert, by layer, most used first. `tokens` lists what it was chosen for, most often first, with counts; no weight where it never was. */
export function expertUseCsv({ layers, model }: ExpertUseSurvey): string {
  const head = ['layer', 'expert', 'count', 'share', 'times even', 'weight', scoreName(model), 'tokens'];
  const rows = layers.flatMap(({ layer, experts }) =>
    experts.map(({ expert, count, share, timesEven, weight, probability, tokens }) => [
      layer,
      expert,
      count,
      share,
      timesEven,
      weight ?? '',
      probability,
      tokens.map((token) => `${showToken(token)} ${token.count}/${token.of}`).join('  '),
    ]),
  );
  return [head, ...rows].map(csvLine).join('');
}
