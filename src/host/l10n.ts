/**
 * The language of the window: translations for the page, and for the words that host and page share. Must be the extension's first
 * import, because tables of words are translated when their modules are read.
 */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Translations } from '../core/present/bundle';

const { bundle } = vscode.l10n;

/** What VS Code has loaded of `l10n/` for the language of the window; undefined for English, and where there is no translation. */
export const translations: Translations | undefined = bundle && { language: vscode.env.language, bundle };

if (bundle) l10n.config({ contents: bundle });
