/** What is said of the lens that words were read through. */
import * as l10n from '@vscode/l10n';
import type { ModelInfo } from '../format/flow-graph';
import type { LensInfo } from '../format/lens-info';
import { LOGIT_LENS } from '../format/lens-worth';
import { assertNever } from '../problem';

/** What a reading is of: of its model, as far as its lens is concerned. */
export type ReadModel = Pick<ModelInfo, 'lens'>;

/** Below this agreement with the model a reading says next to nothing of it, and is drawn faint. */
export const FAINT_BELOW = 0.05;

/** Of an id that tells lenses apart as many digits are shown, or more where they begin alike. */
const LEAST_DIGITS = 4;

/** The lens's name as a list shows it. */
export function lensTitle(name: string): string {
  if (name === LOGIT_LENS) return l10n.t('Logit');
  switch (name) {
    case 'fitted':
      return l10n.t('Fitted');
    case 'tuned':
      return l10n.t('Tuned');
    case 'jacobian':
      return 'Jacobian';
    default:
      return name;
  }
}

/** The titles of several lenses in a list, by name: a name that is written like the title of another is quoted, as is that other's. */
export function lensTitleAmong(name: string, names: readonly string[]): string {
  const title = lensTitle(name);
  return names.some((other) => other !== name && lensTitle(other) === title) ? l10n.t('“{0}”', name) : title;
}

/** Two lenses that are spoken of together; undefined: the logit lens. */
export type TwoLenses = readonly [LensInfo | undefined, LensInfo | undefined];

/** The titles of two lenses; where they are the same, as lenses of two files may call themselves alike, with what tells them apart. */
export function lensTitlesApart(lenses: TwoLenses): readonly [string, string] {
  return apart(lenses, (lens) => lensTitle(lens?.name ?? LOGIT_LENS));
}

/** The same in a sentence. @param asked the names or files by which they were asked for, where that is known */
export function twoLensesInWords(lenses: TwoLenses, asked?: readonly [string | undefined, string | undefined]): readonly [string, string] {
  return apart(lenses, lensInWords, asked);
}

function apart(
  [one, other]: TwoLenses,
  words: (lens: LensInfo | undefined) => string,
  asked: readonly [string | undefined, string | undefined] = [undefined, undefined],
): readonly [string, string] {
  const [first, second] = [words(one), words(other)];
  if (first !== second || one?.id === other?.id) return [first, second];
  const [a, b] = [one?.id ?? '', other?.id ?? ''];
  const differing = Array.from(a).findIndex((digit, i) => digit !== b[i]);
  const digits = Math.max(LEAST_DIGITS, differing + 1);
  return [`${first} (${asked[0] ?? a.slice(0, digits)})`, `${second} (${asked[1] ?? b.slice(0, digits)})`];
}

/** The lens in a sentence: "the logit lens", "the fitted lens “mine”". */
export function lensInWords(lens: LensInfo | undefined): string {
  if (lens === undefined) return l10n.t('the logit lens');
  const { kind, name } = lens;
  const isNamed = name !== kind;
  switch (kind) {
    case 'logit':
      return l10n.t('the logit lens');
    case 'fitted':
      return isNamed ? l10n.t('the fitted lens “{0}”', name) : l10n.t('the fitted lens');
    case 'tuned':
      return isNamed ? l10n.t('the tuned lens “{0}”', name) : l10n.t('the tuned lens');
    case 'jacobian':
      return isNamed ? l10n.t('the Jacobian lens “{0}”', name) : l10n.t('the Jacobian lens');
    default:
      return assertNever(kind);
  }
}

/** Which lens made what is read. @param words the lens in words */
export function readThroughInWords({ lens }: ReadModel, words = lensInWords(lens)): string {
  return l10n.t('Read through {0}.', words);
}

/** How often the lens's first token is the model's own, at a border of blocks; undefined: not known, or the last, where it always is. */
export function agreementAt({ lens }: ReadModel, border: number): number | undefined {
  const agreement = lens?.figures?.agreement;
  return agreement === undefined || border >= agreement.length - 1 ? undefined : agreement[border];
}

/** The same as a sentence. */
export function agreementInWords(model: ReadModel, border: number): string | undefined {
  const agreement = agreementAt(model, border);
  if (agreement === undefined) return undefined;
  return l10n.t(
    '{0} agrees with the model in {1} % of cases here',
    capitalised(lensInWords(model.lens)),
    String(Math.round(100 * agreement)),
  );
}

/** The lens, and how often it is right there, in two words for a card: "Fitted · agrees in 59 %". */
export function lensFact(model: ReadModel, border: number): string {
  const title = lensTitle(model.lens?.name ?? LOGIT_LENS);
  const agreement = agreementAt(model, border);
  return agreement === undefined ? title : l10n.t('{0} · agrees in {1} %', title, String(Math.round(100 * agreement)));
}

/** How often the lens agrees with the model at the beginning, half-way and near the end, in a sentence; empty where that is not known. @param words the lens in words */
export function agreementByDepth(model: ReadModel, words = lensInWords(model.lens)): string {
  const borders = model.lens?.figures?.agreement.length ?? 0;
  if (borders < 4) return '';
  const percent = (border: number): string => String(Math.round(100 * (agreementAt(model, border) ?? 0)));
  const [first, middle, last] = [1, Math.floor(borders / 2), borders - 2];
  return l10n.t(
    '{0} agrees with the model in {1} % of cases after layer 0, {2} % after layer {3}, {4} % after layer {5}.',
    capitalised(words),
    percent(first),
    percent(middle),
    String(middle - 1),
    percent(last),
    String(last - 1),
  );
}

/** Whether what is read at a border says next to nothing of what the model says. */
export function isFaint(model: ReadModel, border: number): boolean {
  return (agreementAt(model, border) ?? 1) < FAINT_BELOW;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
