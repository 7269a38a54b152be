/** The measures by which two passes differ, in words and figures. */
import * as l10n from '@vscode/l10n';
import type { NodeChange } from '#core/format/comparison';
import { magnitude, type Measure } from '#core/compare/what-changed';
import { GLOSSARY } from '#core/present/glossary';
import { assertNever } from '#core/problem';
import { formatNumber, formatSigned } from '../lib/format/number';

/** Every measure, in the order of the table's columns. */
export const MEASURES = [
  'contrast',
  'rank',
  'probability',
  'logit',
  'share',
  'effect',
  'attention',
  'coefficient',
  'norm',
  'distance',
  'overlap',
] as const satisfies readonly Measure[];

/** Names of the measures as controls and columns show them. */
export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  contrast: l10n.t('Contrast'),
  rank: l10n.t('Rank'),
  probability: l10n.t('Probability'),
  logit: l10n.t('Logit'),
  share: l10n.t('Share'),
  effect: l10n.t('Estimated effect'),
  attention: l10n.t('Attention'),
  coefficient: l10n.t('Coefficient'),
  norm: l10n.t('Norm'),
  distance: l10n.t('Distance'),
  overlap: l10n.t('Overlap'),
};

/** Names of the measures within a sentence. */
const MEASURE_NOUNS: Readonly<Record<Measure, string>> = {
  contrast: l10n.t('share of the contrast'),
  rank: l10n.t('rank'),
  probability: l10n.t('probability'),
  logit: l10n.t('logit'),
  share: l10n.t('share'),
  effect: l10n.t('estimated effect'),
  attention: l10n.t('attention'),
  coefficient: l10n.t('coefficient'),
  norm: l10n.t('norm'),
  distance: l10n.t('distance'),
  overlap: l10n.t('overlap'),
};

/** The name of a measure within a sentence: "share of the contrast". */
export function measureNoun(measure: Measure): string {
  return MEASURE_NOUNS[measure];
}

/** What a measure says, in one sentence. */
export function measureMeaning(measure: Measure): string {
  switch (measure) {
    case 'contrast':
      return GLOSSARY.contrastShare;
    case 'rank':
      return l10n.t(
        'Change in the rank of each side’s target in the node’s own reading, in powers of ten; positive means nearer the top on the right.',
      );
    case 'probability':
      return l10n.t('Change in the probability of each side’s target in the node’s own reading.');
    case 'logit':
      return l10n.t('Change in the logit of each side’s target in the node’s own reading.');
    case 'share':
      return l10n.t('Change in the node’s share of the logit of each side’s target; the cards say whether shares are centred or raw.');
    case 'effect':
      return l10n.t('Change in the node’s estimated effect on the logit of each side’s target: by how much it falls without the node.');
    case 'attention':
      return l10n.t('Change in the attention probability.');
    case 'coefficient':
      return l10n.t('Change in the coefficient.');
    case 'norm':
      return l10n.t('Change in the norm.');
    case 'distance':
      return l10n.t('Norm of the difference between what the node writes on the two sides.');
    case 'overlap':
      return l10n.t('How far the two lists of most likely tokens agree: 1 if they name the same tokens.');
    default:
      return assertNever(measure);
  }
}

/** A change in figures, with its direction. */
export function formatChange(measure: Measure, value: number): string {
  switch (measure) {
    case 'rank':
      return value === 0 ? '0' : `${value > 0 ? '↑' : '↓'} ${formatNumber(Math.abs(value))}`;
    case 'probability':
    case 'attention':
      return formatPoints(100 * value);
    case 'distance':
    case 'overlap':
      return formatNumber(value);
    default:
      return formatSigned(value);
  }
}

/** Percentage points; what would be printed as 0.00 is said to be next to nothing. */
function formatPoints(points: number): string {
  if (points !== 0 && Math.abs(points) < 0.01) return l10n.t('≈ 0 pp');
  return l10n.t`${formatSigned(Number(points.toPrecision(2)))} pp`;
}

/**
 * How strongly a node differs by a measure, next to the largest difference of all nodes: −1…1, square-root, positive where
 * the right side has more. Null where the node has no such number.
 */
export function strength(change: NodeChange, measure: Measure, most: number): number | null {
  const size = magnitude(change, measure);
  if (size === null) return null;
  const direction = measure === 'overlap' || measure === 'distance' ? 1 : Math.sign(change.change[measure] ?? 0);
  return most === 0 ? 0 : direction * Math.sqrt(size / most);
}

/** The largest difference of all nodes by a measure. */
export function largest(changes: Iterable<NodeChange>, measure: Measure): number {
  return Math.max(0, ...Array.from(changes, (change) => magnitude(change, measure) ?? 0));
}
