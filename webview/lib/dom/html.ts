/**
 * lit-html's `html`, without the white space that only lays the source out: between tags and expressions there is none, and
 * next to a tag that opens or closes no line break. What is left is one space, as a browser shows it. So a formatter
 * may break lines where it likes, also in elements whose spaces are shown. A space between two expressions or tags is
 * written `${' '}`.
 */
import { html as litHtml, type TemplateResult } from 'lit-html';

/** Stands for an expression; no template has it. */
const EXPRESSION = '\uE000';

const known = new WeakMap<TemplateStringsArray, TemplateStringsArray>();

/** A template; see the head of this file. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): TemplateResult<1> {
  let dense = known.get(strings);
  if (dense === undefined) {
    dense = templateStrings(withoutLayout(strings.join(EXPRESSION)).split(EXPRESSION));
    known.set(strings, dense);
  }
  return litHtml(dense, ...values);
}

/** lit-html tells a template of the source by its raw strings. */
function templateStrings(parts: readonly string[]): TemplateStringsArray {
  return Object.assign([...parts], { raw: parts });
}

/** The source of a template without the white space that lays it out. */
export function withoutLayout(source: string): string {
  const pieces = source.split(/(<[^>]*>|\uE000)/);
  return pieces.map((piece, i) => (i % 2 === 1 ? piece : text(piece, pieces[i - 1] ?? '', pieces[i + 1] ?? ''))).join('');
}

/** @param before the tag or expression before a piece of text; empty at the beginning. @param after the one after it */
function text(piece: string, before: string, after: string): string {
  if (piece.trim() === '') return '';
  const opens = before === '' || /^<[^/]/.test(before);
  const closes = after === '' || after.startsWith('</');
  const led = opens ? piece.replace(/^\s*\n\s*/, '') : piece;
  return (closes ? led.replace(/\s*\n\s*$/, '') : led).replace(/\s+/g, ' ');
}
