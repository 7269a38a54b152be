/** A term with its meaning under the pointer, in the words of the glossary. */
import type { TemplateResult } from 'lit-html';
import { GLOSSARY, type Term } from '#core/present/glossary';
import { html } from '../lib/dom/html';

/** @param term absent: it needs no explanation. @param name as it is called where it stands */
export function termText(term: Term | undefined, name: string): TemplateResult | string {
  if (term === undefined) return name;
  return html`<dfn class="term" title=${GLOSSARY[term]}>${name}</dfn>`;
}
