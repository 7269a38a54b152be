/** What is drawn, alone, in words. */
import * as l10n from '@vscode/l10n';
import type { HeadsAlone } from '../insight/heads-alone';
import type { Story } from '../insight/story';
import { showToken } from '../text/token-text';
import { percentText } from './figures-in-words';

/**
 * "With only the heads that make these reads (9 heads, 14 reads; …), the model says ‘·Tokyo’ 78 %."
 *
 * @param reads how many are drawn
 * @param file what the other prompts are of, where that is known
 */
export function headsAloneInWords(
  alone: HeadsAlone,
  { target, tokens, position }: Pick<Story, 'target' | 'tokens' | 'position'>,
  reads: number,
  file?: string,
): string {
  const { kept, heads, prompts, predicts, probability } = alone;
  const at = tokens[position] ? `‘${showToken(tokens[position])}’` : l10n.t`position ${position}`;
  const others = heads - kept;
  const mean =
    prompts === 1
      ? l10n.t`the other ${others} at ${at} as on the one other prompt`
      : file === undefined
        ? l10n.t`the other ${others} at ${at} at their mean over ${prompts} other prompts`
        : l10n.t`the other ${others} at ${at} at their mean over ${prompts} other prompts, of ${file}`;
  const rest = l10n.t('feed-forward layers and earlier tokens as they then come');
  const whose = l10n.t`With only the heads that make these reads (${kept} heads, ${reads} reads; ${mean}; ${rest})`;
  const said = `‘${showToken(predicts)}’ ${percentText(predicts.probability)}`;
  if (predicts.id === target.id) return l10n.t`${whose}, the model says ${said}.`;
  return l10n.t`${whose}, the model says ${said}; ‘${showToken(target)}’ has ${percentText(probability)}.`;
}
