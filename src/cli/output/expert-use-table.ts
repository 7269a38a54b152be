/** Use of experts as tables for a terminal. */
import { scoreName, type ExpertUse, type ExpertUseSurvey, type LayerExpertUse } from '../../core/insight/expert-use';
import { showToken } from '../../core/text/token-text';
import { counted, fixed, percent } from './figures';
import { columns } from './table';

/** Tokens named in one line. */
const NAMED = 6;

/** One table a layer, most used experts first. @param limit experts that are listed of each layer */
export function expertUseTable({ layers, model, prompts, positions, chosen }: Omit<ExpertUseSurvey, 'skipped'>, limit: number): string {
  const head = ['expert', 'chosen', 'times even', 'mean weight', scoreName(model), 'most often for'];
  const tables = layers.map((layer) => `${heading(layer)}\n${columns([head, ...layer.experts.slice(0, limit).map(row)])}`);
  const [count = 0] = layers.map(({ experts }) => experts.length);
  const summary = `${counted(prompts, 'prompt')} of ${counted(positions, 'token')}, each of which goes to ${chosen} of ${count} experts in a layer: even use would be ${percent(chosen / count)} of the tokens`;
  return `${tables.join('\n')}\n${summary}\n`;
}

function heading({ layer, experts, effective }: LayerExpertUse): string {
  const never = experts.filter(({ count }) => count === 0).length;
  const unused = never === 0 ? '' : `; ${never} never chosen`;
  return `layer ${layer}: used as evenly as ${fixed(effective)} of ${experts.length} experts${unused}`;
}

function row({ expert, share, timesEven, weight, probability, tokens }: ExpertUse): readonly string[] {
  const listed = tokens.slice(0, NAMED).map((token) => `${showToken(token)} ${token.count}/${token.of}`);
  return [
    String(expert),
    percent(share),
    `${fixed(timesEven)}×`,
    weight === null ? '–' : weight.toFixed(3),
    percent(probability),
    listed.join('  '),
  ];
}
