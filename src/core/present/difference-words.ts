/** The story of a comparison in words: for the page, the command line and pictures. */
import * as l10n from '@vscode/l10n';
import type { BriefSide, DifferenceCandidate, DifferenceCause, DifferenceExplanation } from '../insight/difference-causes';
import { headsOf } from '../insight/read-heads';
import type { DifferenceRead, OfSides, StoryDifference } from '../insight/story-difference';
import { showToken } from '../text/token-text';
import { capitalised, listed, MOVES, percentText, signedText } from './figures-in-words';
import { isWhatIf, sideWords, type SideWords } from './side-words';

type Sides = OfSides<BriefSide>;
type Named = Pick<StoryDifference['left'], 'tokens'>;

/** What happened, in one to three sentences. */
export function differenceText(story: StoryDifference): string {
  return [parts(story), strongest(story)].filter((sentence) => sentence !== '').join(' ');
}

/** What the dots are for: what blue and orange mean. */
export function directions({ contrast, right }: Pick<StoryDifference, 'contrast' | 'right'>): {
  readonly up: string;
  readonly down: string;
} {
  if (contrast.of === 'targets') return { up: l10n.t('drives the answers apart'), down: l10n.t('holds them together') };
  const token = `‘${showToken(right.target)}’`;
  return { up: l10n.t`adds to ${token}`, down: l10n.t`takes from ${token}` };
}

function parts(story: StoryDifference): string {
  const { differsFrom, left, right, layers } = story;
  const words = sideWords(story);
  const last = layers[layers.length - 1];
  if (differsFrom === null) {
    const most = layers.reduce((best, layer) => (layer.divergence > best.divergence ? layer : best), last);
    const says = showToken(last.sides.left.says);
    return l10n.t`Both say ‘${says}’ in the end; they are furthest apart after layer ${most.layer}, by ${most.divergence.toFixed(2)} bits.`;
  }
  const begin =
    differsFrom === 0
      ? l10n.t('They say different tokens from the first layer on')
      : l10n.t`They say different tokens from layer ${differsFrom} on`;
  const leads = (['left', 'right'] as const).flatMap((side) => {
    const { leadsFrom, target } = { left, right }[side];
    return leadsFrom === null || leadsFrom === 0
      ? []
      : [l10n.t`‘${showToken(target)}’ leads ${words[side].there} from layer ${leadsFrom} on`];
  });
  return leads.length === 0 ? `${begin}.` : `${begin}: ${listed(leads)}.`;
}

/** The part that differs most, and how much of the whole it is. */
function strongest(story: StoryDifference): string {
  const { reads, layers, contrast } = story;
  const [read] = reads;
  if (read === undefined) return '';
  const whole = signedText(contrast.right - contrast.left);
  const most = layers.reduce((best, layer) => (Math.abs(layer.mlp ?? 0) > Math.abs(best.mlp ?? 0) ? layer : best));
  const first = l10n.t`The read that differs most: ${readInWords(story, read)}, ${signedText(read.share)} of ${whole}.`;
  if (Math.abs(most.mlp ?? 0) <= Math.abs(read.share)) return first;
  return `${first} ${l10n.t`Feed-forward layer ${most.layer} differs by more, ${signedText(most.mlp ?? 0)}.`}`;
}

/** "layer 23 head 4 reads ‘·Japan’ in A and ‘·France’ in B" */
export function readInWords(story: StoryDifference, read: DifferenceRead): string {
  const pair = story.tokens[read.source];
  const heads = headsOf(read).map(({ head }) => head);
  return headsReading(read.layer, heads, tokensOf(story, pair, sideWords(story)));
}

function headsReading(layer: number, heads: readonly number[], tokens: string): string {
  const who = listed(heads.map(String));
  return heads.length === 1 ? l10n.t`layer ${layer} head ${who} reads ${tokens}` : l10n.t`layer ${layer} heads ${who} read ${tokens}`;
}

/** One token where both sides have the same there, else each with its side. */
function tokensOf({ left, right }: OfSides<Named>, at: OfSides<number | null>, words: OfSides<SideWords>): string {
  const named = (side: Named, i: number | null): string | null => {
    const token = i === null ? undefined : side.tokens[i];
    return token === undefined ? null : `‘${showToken(token)}’`;
  };
  const [one, other] = [named(left, at.left), named(right, at.right)];
  if (one === other) return one ?? '';
  if (one === null) return l10n.t`${other ?? ''}, which is only ${words.right.there}`;
  if (other === null) return l10n.t`${one}, which is only ${words.left.there}`;
  return l10n.t`${one} ${words.left.there} and ${other} ${words.right.there}`;
}

/** "Layer 23 head 4 reads ‘·Japan’ in A and ‘·France’ in B." */
export function differenceCauseInWords(cause: DifferenceCandidate, explanation: Sides): string {
  const words = sideWords(explanation);
  const { left, right } = explanation;
  const isEarlier = cause.at.right !== right.position;
  const at = tokensOf({ left, right }, cause.at, words);
  if (cause.kind === 'mlp') {
    return isEarlier ? l10n.t`Feed-forward layer ${cause.layer} at ${at}.` : l10n.t`Feed-forward layer ${cause.layer}.`;
  }
  const read = cause.reads ?? cause.at;
  const said = headsReading(cause.layer, cause.heads, tokensOf({ left, right }, read, words));
  const sentence = capitalised(said);
  return isEarlier && read.right !== cause.at.right ? `${sentence} ${l10n.t`at ${at}.`}` : `${sentence}.`;
}

/** "With this from A, B says ‘·Tokyo’ 81 % (‘·Paris’ 96 % → 7 %)": what was measured. */
export function movedInWords({ moved }: DifferenceCause, explanation: Sides): string {
  const { left, right } = sideWords(explanation);
  const { target } = explanation.right;
  const before = isWhatIf(explanation);
  const change = moved.probability.right - target.probability;
  const now = `‘${showToken(target)}’ ${percentText(target.probability)} → ${percentText(moved.probability.right)}`;
  const then =
    Math.abs(change) < MOVES
      ? l10n.t('no change')
      : moved.predicts.id === target.id
        ? now
        : l10n.t`${now}, and ‘${showToken(moved.predicts)}’ leads at ${percentText(moved.predicts.probability)}`;
  return before ? l10n.t`With this as before: ${then}.` : l10n.t`With this from ${left.name}, ${right.name} says: ${then}.`;
}

/** All causes as lines of text. */
export function differenceCausesText(explanation: DifferenceExplanation): string {
  const lines = explanation.causes.map(
    (cause, i) => `${i + 1}. ${differenceCauseInWords(cause, explanation)} ${movedInWords(cause, explanation)}`,
  );
  return [l10n.t('What parts them, each measured by putting the value of one side into the other:'), ...lines].join('\n');
}

/** Why nothing was measured. */
export function unmeasuredNote(): string {
  return l10n.t(
    'Causes are measured where both prompts are looked at equally far from their ends. Choose positions that correspond to see them.',
  );
}
