/**
 * What the page does with a graph, in the browser that its tests use: from its arrival until it is drawn, and a frame while it is moved
 * about and while the pointer passes over nodes. Processor time of the page's own thread, so that other programs matter little. Ends with 1
 * when a figure is over its budget.
 *
 *     npx tsx test/bench/page.bench.ts    graphs of a random model of 30 layers, about as many nodes as a Llama of 135M draws
 */
import type { Browser, CDPSession, Page } from 'playwright-core';
import { requestOf } from '../../webview/host/standalone';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { buildInspector, launchChromium, openHosted, postLaid, type HostedPage } from '../webview/inspector-page';
import { frames } from '../support/frames';
import { sampleGraph } from '../webview/sample-graph';
import { Figures } from './figures';

const figures = new Figures();
const FRAMES = 40;

/** Milliseconds of processor time of the page's main thread since it was opened. */
async function spent(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1e3;
}

async function timed(session: CDPSession, work: () => Promise<unknown>): Promise<number> {
  const before = await spent(session);
  await work();
  return (await spent(session)) - before;
}

/** Lays a graph ready; what it resolves to hands it over, and waits until it is drawn. */
async function laid({ page, lay }: HostedPage, graph: FlowGraph): Promise<() => Promise<void>> {
  await lay({ type: 'graph', graph, fingerprint: 'f', request: requestOf(graph), origin: {} });
  return async () => {
    await page.evaluate(postLaid);
    await page.waitForSelector('[data-testid=canvas] canvas');
    await frames(page);
  };
}

/** Does something in a page; answers with the processor time of the longest task of its thread meanwhile, in milliseconds. */
async function longestTask(browser: Browser, page: Page, work: () => Promise<unknown>): Promise<number> {
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: readonly TraceEvent[] };
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const isPage = ({ pid, tid }: TraceEvent): boolean => threads.some((thread) => thread.pid === pid && thread.tid === tid);
  return Math.max(0, ...traceEvents.filter((event) => event.name.endsWith('RunTask') && isPage(event)).map(({ tdur = 0 }) => tdur / 1e3));
}

/** What is read of an event of a trace. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** processor time, in microseconds */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

async function move(page: Page, pressed: boolean): Promise<void> {
  const { x, y, width, height } = (await page.getByTestId('canvas').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(x + width / 2, y + height / 2);
  if (pressed) await page.mouse.down();
  for (let i = 1; i <= FRAMES; i++) {
    await page.mouse.move(x + width / 2 + 4 * i, y + height / 2 + i);
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
  }
  if (pressed) await page.mouse.up();
}

async function main(): Promise<void> {
  const bundle = await buildInspector();
  const browser = await launchChromium();
  const one = await sampleGraph({ nLayers: 30 });
  const all = await sampleGraph({ nLayers: 30, layers: { from: 0, to: 29 } });
  const another = await sampleGraph({ nLayers: 30, position: 2 });
  for (const [what, graph, budget] of [
    ['one layer', one, 100],
    ['all 30 layers', all, 500],
  ] as const) {
    const hosted = await openHosted(browser, bundle, { fresh: true, kept: { wholeCircuit: true, shareKept: 1 } });
    const session = await hosted.page.context().newCDPSession(hosted.page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    // The first graph makes the page's parts; a person sees that once.
    await (
      await laid(hosted, another)
    )();
    const note = `${graph.nodes.length} nodes, ${graph.edges.length} edges`;
    const arrive = await laid(hosted, graph);
    const drawn = await timed(session, arrive);
    figures.add({ what: `page, ${what}, from its arrival until it is drawn`, value: drawn, unit: 'ms', budget, note });
    await (
      await laid(hosted, another)
    )();
    const longest = await longestTask(browser, hosted.page, await laid(hosted, graph));
    figures.add({ what: `page, ${what}, longest pause until it is drawn`, value: longest, unit: 'ms', budget: 100, note });
    const pan = (await timed(session, () => move(hosted.page, true))) / FRAMES;
    figures.add({ what: `page, ${what}, a frame while it is moved`, value: pan, unit: 'ms', budget: 20, note });
    const hover = (await timed(session, () => move(hosted.page, false))) / FRAMES;
    figures.add({ what: `page, ${what}, a step of the pointer`, value: hover, unit: 'ms', budget: 16, note });
    const first = await longestTask(browser, hosted.page, async () => {
      await hosted.page.getByTestId('fit').click();
      await frames(hosted.page);
    });
    figures.add({ what: `page, ${what}, longest pause until all of it is seen`, value: first, unit: 'ms', budget: 100, note });
    const whole = (await timed(session, () => move(hosted.page, true))) / FRAMES;
    figures.add({ what: `page, ${what}, a frame while all of it is seen and moved`, value: whole, unit: 'ms', budget: 20, note });
    await hosted.close();
  }
  await browser.close();
  if (figures.over) process.exitCode = 1;
}

void main();
