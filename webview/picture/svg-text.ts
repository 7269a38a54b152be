/** Text inside SVG: any string becomes well-formed XML. */

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Characters that XML 1.0 has no way to write: most control characters, lone halves of a pair, and two that are none. */
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu;

/** A string for the content of an element, or between the quotes of an attribute. What XML cannot hold becomes U+FFFD. */
export function xmlText(text: string): string {
  return text.replace(UNWRITABLE, '\ufffd').replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** Attributes as a tag has them, each with a space before it; those that are undefined are left out. */
export function attributes(of: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(of)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${xmlText(String(value))}"`))
    .join('');
}
