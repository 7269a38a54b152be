/** Builds the inspector's bundle and opens it in Chromium, as a file of its own or as VS Code would host it. */
import esbuild from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import type { Comparison } from '../../src/core/format/comparison';
import { bundleElement, type Translations } from '../../src/core/present/bundle';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { frames } from '../support/frames';
import { measuredStart, patience } from '../support/patience';

import { lendPage, type LentPage } from './page-pool';
import { hostedClass, type Theme } from './themes';
import type { HostMessage } from '../../src/core/protocol/inspector';
import type { PageMessage } from '../../src/core/protocol/page-messages';
import { sentMessage, type SentMessage } from '../../src/core/protocol/sent-message';

export { launchChromium } from './launch-chromium';

export interface Bundle {
  readonly script: string;
  readonly style: string;
}

let built: Promise<Bundle> | undefined;

/** The bundle as `esbuild.mjs` makes it, in memory; made once for all the files of tests in a process. */
export function buildInspector(): Promise<Bundle> {
  built ??= bundleOf(path.resolve(__dirname, '../../webview/main.ts'));
  return built;
}

async function bundleOf(entry: string): Promise<Bundle> {
  const { outputFiles } = await esbuild.build({
    entryPoints: { inspector: entry },
    outdir: '/inspector',
    bundle: true,
    write: false,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    legalComments: 'none',
  });
  const text = (end: string) => outputFiles.find((file) => file.path.endsWith(end))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}

const NONCE = 'bm9uY2U';
/** No more than what the page needs: what VS Code's webview grants it. */
const CSP = `default-src 'none'; style-src 'nonce-${NONCE}'; script-src 'nonce-${NONCE}'; img-src data:`;

/** A document around the bundle, with a graph inside or, for a host, without. */
export function htmlOf(
  { script, style }: Bundle,
  graph: FlowGraph | Comparison | null,
  bodyClass = '',
  translations?: Translations,
): string {
  const data =
    graph === null
      ? ''
      : `<script type="application/json" id="${'alignment' in graph ? 'visit-comparison' : 'visit-graph'}">${JSON.stringify(graph).replaceAll('<', '\\u003c')}</script>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>VISIT</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${CSP}">
<style nonce="${NONCE}">${style}</style></head>
<body class="${bodyClass}"><div id="app"></div>${bundleElement(translations)}${data}
<script nonce="${NONCE}">${script.replaceAll('</script', '<\\/script')}</script></body></html>`;
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: Theme;
  readonly reducedMotion?: boolean;
  /** of the page's words */
  readonly translations?: Translations;
  /** in a page that has compiled nothing yet: for what is measured */
  readonly fresh?: boolean;
}

/** A page that was left on the flow graph, with the whole circuit drawn: a new one opens with the story, and draws what has a row. */
const ON_GRAPH = { tab: 'graph', wholeCircuit: true };

/** What an earlier page had left, on the flow graph where nothing else is said. */
function keptView(kept: unknown): unknown {
  return kept === undefined || (typeof kept === 'object' && kept !== null) ? { ...ON_GRAPH, ...kept } : kept;
}

/** An open page and all that it complained about. */
export interface OpenPage {
  readonly page: Page;
  readonly errors: readonly string[];
  close(): Promise<void>;
}

async function open(browser: Browser, html: string, options: OpenOptions, before?: (lent: LentPage) => Promise<void>): Promise<OpenPage> {
  const { width = 1400, height = 900, theme = 'dark', reducedMotion = true, fresh } = options;
  const began = Date.now();
  const lent = await lendPage(browser, { width, height, theme, reducedMotion }, fresh);
  const { page, errors } = lent;
  page.setDefaultTimeout(patience());
  page.setDefaultNavigationTimeout(patience());
  await before?.(lent);
  await page.goto(await fileOf(html));
  measuredStart(Date.now() - began);
  return { page, errors, close: () => lent.giveBack() };
}

const folder = mkdtempSync(path.join(tmpdir(), 'visit-webview-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The address of a file that holds a document: the same for the same one, whose script the browser then has compiled. */
async function fileOf(html: string): Promise<string> {
  const file = path.join(folder, `${createHash('sha256').update(html).digest('hex')}.html`);
  if (!existsSync(file)) await writeFile(file, html);
  return pathToFileURL(file).href;
}

/**
 * Opens a graph as a file of its own, and waits until it, or a problem, is shown.
 *
 * @param options.rows leaves it as it opens, instead of having the whole circuit drawn
 */
export async function openStandalone(
  browser: Browser,
  bundle: Bundle,
  graph: FlowGraph | Comparison,
  { rows = false, ...options }: OpenOptions & { readonly rows?: boolean } = {},
): Promise<OpenPage> {
  const opened = await open(browser, htmlOf(bundle, graph), options);
  await opened.page.waitForSelector('[data-testid=canvas] canvas, [data-testid=canvas-left] canvas, [data-testid=problem]:not([hidden])');
  const toggle = opened.page.getByTestId('whole-circuit');
  if (!rows && (await toggle.isVisible())) {
    await toggle.click();
    await opened.page.mouse.move(0, 0);
  }
  await settle(opened.page);
  return opened;
}

/** A page with a host that records what it hears. */
export interface HostedPage extends OpenPage {
  /** Everything that the page has posted. */
  posted(): Promise<readonly PageMessage[]>;
  send(message: HostMessage): Promise<void>;
  /** Lays a message ready in the page; `postLaid` hands it over. */
  lay(message: HostMessage): Promise<void>;
  /** What `setState` was last given. */
  kept(): Promise<unknown>;
}

/** Opens the page as VS Code hosts it, with an API that records. `kept` is what an earlier page had left. */
export async function openHosted(
  browser: Browser,
  bundle: Bundle,
  options: OpenOptions & { readonly kept?: unknown } = {},
): Promise<HostedPage> {
  const opened = await open(browser, htmlOf(bundle, null, hostedClass(options.theme ?? 'dark'), options.translations), options, (lent) =>
    lent.beforeAll((kept) => {
      const posted: unknown[] = [];
      let state: unknown = kept;
      Object.assign(window, {
        posted,
        keptState: () => state,
        acquireVsCodeApi: () => ({
          postMessage: (message: unknown) => posted.push(message),
          getState: () => state,
          setState: (next: unknown) => {
            state = next;
          },
        }),
      });
    }, keptView(options.kept)),
  );
  const { page } = opened;
  return {
    ...opened,
    posted: async () =>
      JSON.parse(await page.evaluate(() => JSON.stringify((window as unknown as { posted: unknown }).posted))) as PageMessage[],
    kept: () => page.evaluate(() => (window as unknown as { keptState: () => unknown }).keptState()),
    lay: (message) => laid(page, message),
    send: async (message) => {
      await laid(page, message);
      await page.evaluate(postLaid);
      await settle(page);
    },
  };
}

/** Lays a message ready in the page. */
async function laid(page: Page, message: HostMessage): Promise<void> {
  await page.evaluate(
    (json) => {
      const bytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const revived = (key: string, value: unknown): unknown => (key === 'bytes' && typeof value === 'string' ? bytes(value) : value);
      Object.assign(window, { laid: JSON.parse(json, revived) as unknown });
    },
    asJson(sentMessage(message)),
  );
}

/** Hands over what was laid ready. Runs in the page. */
export function postLaid(): void {
  window.postMessage((window as unknown as { laid: unknown }).laid, '*');
}

/**
 * A message as one text: what is handed over as an object the driver checks and copies value by value, several times.
 *
 * @throws TypeError at what would not arrive as it is
 */
function asJson(message: SentMessage): string {
  return JSON.stringify(message, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`JSON has no ${value}, which "${key}" is.`);
    if (key === 'bytes' && value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    if (ArrayBuffer.isView(value)) throw new TypeError(`JSON has no typed arrays, which "${key}" is.`);
    return value;
  });
}

/** What a page complained about, but for one thing: the toolkit tries an empty style element, which the policy refuses. */
export function complaints(errors: readonly string[]): readonly string[] {
  // The hash is that of nothing at all, so no style of our own can hide behind it.
  return errors.filter((error) => !error.includes('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='));
}

/** Waits until the page has drawn what was asked of it. */
export async function settle(page: Page): Promise<void> {
  await frames(page);
}

/** What a reading comes to once it no longer changes: the camera moves for a while. */
export async function atRest<T>(page: Page, read: () => Promise<T>): Promise<T> {
  for (let before = await read(); ;) {
    await settle(page);
    const now = await read();
    if (isDeepStrictEqual(now, before)) return now;
    before = now;
  }
}

/** A node's box on the screen; in a comparison on the side where the pointer is, the left one at first. */
export async function locate(page: Page, id: string): Promise<{ left: number; top: number; width: number; height: number }> {
  const box = await page.evaluate((node) => {
    let found: { left: number; top: number; width: number; height: number } | null = null;
    document.dispatchEvent(
      new CustomEvent('visit:locate', {
        detail: {
          id: node,
          answer: (answer: typeof found) => {
            found = answer;
          },
        },
      }),
    );
    return found;
  }, id);
  if (box === null) throw new Error(`The page draws no node ${id}.`);
  return box;
}

/** Moves the pointer onto a node. */
export async function hover(page: Page, id: string): Promise<void> {
  const { left, top, width, height } = await locate(page, id);
  await page.mouse.move(left + width / 2, top + height / 2, { steps: 2 });
  await settle(page);
}

/** Clicks a node. */
export async function clickNode(page: Page, id: string): Promise<void> {
  await hover(page, id);
  await page.mouse.down();
  await page.mouse.up();
  await settle(page);
}

/** What axe finds wrong with the page as it is, each with the elements that it is about; by some of its rules, or all. */
export async function violations(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(await readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(async (only) => {
    const { axe } = window as unknown as {
      axe: {
        run(options: {
          resultTypes: string[];
          preload: boolean;
          runOnly?: readonly string[];
        }): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
      };
    };
    // Sheets of styles and media that come from elsewhere need not be fetched for it: the page has none.
    const options = { resultTypes: ['violations'], preload: false, ...(only && { runOnly: only }) };
    return (await axe.run(options)).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join('\n')}`,
    );
  }, rules);
}
