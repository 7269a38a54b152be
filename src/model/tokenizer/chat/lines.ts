/** Finding out how far a template was rendered: the library says what went wrong, and not where. */

/** Comments, statements and expressions, strings within them included. */
const TAGS = /\{#[^]*?#\}|\{%(?:'[^']*'|"[^"]*"|[^'"])*?%\}|\{\{(?:'[^']*'|"[^"]*"|[^'"])*?\}\}/g;

/** Statements between whose parts nothing may stand. */
const ADJOINS = /^\{%-?\s*(?:elif|else|endif|endfor|endmacro|endset|endgeneration|endcall|endfilter)\b/;

/** The same template with a call before every statement and expression that tells its line, and the name of what is called. */
export function withLineMarks(template: string): { readonly text: string; readonly mark: string } {
  const mark = '__line_reached';
  const text = template.replace(TAGS, (tag, at: number) => {
    if (tag.startsWith('{#') || ADJOINS.test(tag)) return tag;
    return `{{ ${mark}(${template.slice(0, at).split('\n').length}) }}${tag}`;
  });
  return { text, mark };
}
