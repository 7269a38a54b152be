/** The translations of the words that are shown, as they travel from VS Code to a document of the page. */

/** From each English message to its translation, as `vscode.l10n.bundle` has it. */
export type Bundle = Readonly<Record<string, string>>;

/** Translations, and the language that they are in. */
export interface Translations {
  /** such as `de` or `pt-br` */
  readonly language: string;
  readonly bundle: Bundle;
}

/** Id of the `<script type="application/json">` in which the page looks for its bundle. */
export const BUNDLE_ID = 'visit-l10n';

/** The element that hands a bundle to the page; empty where the page is in English. No text in it can close the element. */
export function bundleElement(translations: Translations | undefined): string {
  if (translations === undefined) return '';
  const json = JSON.stringify(translations.bundle).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="${BUNDLE_ID}">${json}</script>`;
}

/** Value of a document's `lang`. */
export function languageOf(translations: Translations | undefined): string {
  return /^[a-z]{2,3}(?:-[a-z0-9]+)*$/i.exec(translations?.language ?? '')?.[0] ?? 'en';
}
