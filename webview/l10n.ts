/**
 * Gives the page its language: the bundle that the document holds, if any, else English. Must be the page's first import, because
 * tables of words are translated when their modules are read.
 */
import * as l10n from '@vscode/l10n';
import { BUNDLE_ID } from '#core/present/bundle';

const contents = document.getElementById(BUNDLE_ID)?.textContent;
if (contents) l10n.config({ contents });
