/** One self-contained HTML file: a graph or a comparison with what else is known of it, and the very inspector that the editor shows. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { COMPARISON_SCHEMA, type Comparison } from '../core/format/comparison';
import { bundleElement, languageOf, type Translations } from '../core/present/bundle';
import { isWhatIf } from '../core/present/side-words';
import { targetInWords } from '../core/present/describe';
import { FLOW_GRAPH_SCHEMA, type FlowGraph } from '../core/format/flow-graph';
import { Problem } from '../core/problem';
import type { InsightResult } from '../core/protocol/insight';

/** What a page holds. */
export interface PageContent {
  readonly shown: FlowGraph | Comparison;
  /** what else is known of the graph: each has a tab */
  readonly insights?: readonly Pick<InsightResult, 'request' | 'value'>[];
  /** how it was looked at: the page opens like that. Absent: on the flow graph, as it first opens */
  readonly view?: unknown;
}

/**
 * Inlines the inspector's script and style and the JSON of what it shows. The policy admits these by hash and nothing else: the
 * page cannot load or send anything.
 *
 * @param webview folder with inspector.js and inspector.css
 * @param translations of the page's words; absent: English
 * @throws Problem `io` when the bundle is not there
 */
export async function inspectorPage(
  { shown, insights = [], view }: PageContent,
  webview: string,
  translations?: Translations,
): Promise<string> {
  const read = (name: string): Promise<string> => readFile(path.join(webview, name), 'utf8');
  const [script, style] = await Promise.all([read('inspector.js'), read('inspector.css')]).catch((cause: unknown) => {
    throw new Problem('io', 'The inspector page is not built.', 'Run: npm run build', { cause });
  });
  // Neither text may close its own element; both escapes keep the meaning of the code.
  const js = script.replaceAll(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--');
  const css = style.replaceAll(/<\/(style)/gi, '<\\/$1');
  const policy = `default-src 'none'; script-src '${hash(js)}'; style-src '${hash(css)}'; img-src data:; font-src data:`;
  return `<!doctype html>
<html lang="${languageOf(translations)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>VISIT: ${escapeHtml(titleOf(shown))}</title>
<style>${css}</style>
</head>
<body>
<div id="app"></div>
${bundleElement(translations)}
${dataElement(DATA_ID[shown.schema], shown)}
${
  insights.length === 0
    ? ''
    : dataElement(
        'visit-insights',
        insights.map(({ request, value }) => ({ request, value })),
      )
}
${view === undefined ? '' : dataElement('visit-view', view)}
<script>${js}</script>
</body>
</html>
`;
}

/** Ids of the elements in which the page looks for what it shows. */
const DATA_ID = { [FLOW_GRAPH_SCHEMA]: 'visit-graph', [COMPARISON_SCHEMA]: 'visit-comparison' } as const;

function dataElement(id: string, data: unknown): string {
  return `<script type="application/json" id="${id}">${escapeJson(data)}</script>`;
}

function titleOf(shown: FlowGraph | Comparison): string {
  if (shown.schema === COMPARISON_SCHEMA)
    return isWhatIf(shown) ? `${shown.left.prompt} (before and after)` : `${shown.left.prompt} | ${shown.right.prompt}`;
  return shown.target.against === undefined ? shown.prompt : `${shown.prompt} (${targetInWords(shown)})`;
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** JSON that can be put inside a script element: no `<` is left in it. */
function escapeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
