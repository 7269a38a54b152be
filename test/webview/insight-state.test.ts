import assert from 'node:assert/strict';
import type { ActiveNeurons } from '../../src/core/insight/active-neurons';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { Overview } from '../../src/core/insight/overview';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { requestOf } from '../../webview/host/standalone';
import { foundOfShown } from '../../webview/state/active-marks';
import { insightOf, NEURONS } from '../../webview/state/insight-state';
import type { PageEvent } from '../../webview/state/page-event';
import { firstState, type PageState } from '../../webview/state/page-state';
import { reduce } from '../../webview/state/reduce';
import { FIRST_VIEW } from '../../webview/state/view-state';
import { insightResult } from './insight-messages';
import { sampleGraph } from './sample-graph';

const OVERVIEW = { of: 'overview' } as const;
const NORMS = { of: 'norms' } as const;
const SUMMARY = { of: 'normSummary' } as const;
const MEMORY = { of: 'headMemory', layer: 1, head: 2 } as const;
/** What a result holds does not matter here. */
const VALUE = {} as Overview;

describe('What the page knows of insights', () => {
  let graph: FlowGraph;
  before(async () => {
    graph = await sampleGraph();
  });

  const shows = (of: FlowGraph = graph, fingerprint = 'a', uri = 'file:///capitals.txt'): HostMessage => ({
    type: 'graph',
    graph: of,
    fingerprint,
    request: requestOf(of),
    origin: { name: 'capitals.txt', uri },
  });
  const after = (state: PageState, ...events: PageEvent[]): PageState => events.reduce(reduce, state);
  const start = (): PageState => after(firstState({ kind: 'dark', version: 0 } as never, FIRST_VIEW), shows());
  /** A page that has asked for everything, and has been answered. */
  const full = (): PageState =>
    [OVERVIEW, NORMS, SUMMARY, MEMORY].reduce<PageState>(
      (state, request, i) =>
        after(state, { type: 'insightRequested', id: i, request }, insightResult(i, request, VALUE as never, { fingerprint: 'a' })),
      start(),
    );
  const kinds = ({ insights }: PageState): readonly string[] =>
    [OVERVIEW, NORMS, SUMMARY, MEMORY].map((request) => insightOf(insights, request).kind);

  it('holds for what each insight is of: the target, the position, or the file', () => {
    assert.deepEqual(kinds(after(full(), shows())), ['here', 'here', 'here', 'here']);
    const otherTarget = { ...graph, target: { ...graph.target, id: graph.target.id + 1 } };
    assert.deepEqual(kinds(after(full(), shows(otherTarget))), ['absent', 'absent', 'here', 'here']);
    assert.deepEqual(kinds(after(full(), shows({ ...graph, position: 0 }))), ['absent', 'absent', 'here', 'absent']);
    assert.deepEqual(kinds(after(full(), shows(graph, 'a', 'file:///other/capitals.txt'))), ['here', 'here', 'absent', 'here']);
  });

  it('is forgotten when another model is shown, though its name and its prompt are the same', () => {
    assert.deepEqual(kinds(after(full(), shows(graph, 'b'))), ['absent', 'absent', 'absent', 'absent']);
  });

  it('leaves answers to former requests out', () => {
    const asked = after(
      start(),
      { type: 'insightRequested', id: 1, request: OVERVIEW },
      shows({ ...graph, position: 0 }),
      { type: 'insightRequested', id: 2, request: OVERVIEW },
      insightResult(1, OVERVIEW, VALUE),
      { type: 'insightProgress', id: 1, request: OVERVIEW, progress: { message: 'late', done: 1 } },
      { type: 'insightFailed', id: 1, request: OVERVIEW, problem: null },
    );
    assert.deepEqual(insightOf(asked.insights, OVERVIEW), { kind: 'asked', id: 2, progress: null, former: null });
    assert.equal(insightOf(after(asked, insightResult(2, OVERVIEW, VALUE)).insights, OVERVIEW).kind, 'here');
  });

  it('has what is known of it before it is there, until it is there or does not come', () => {
    const asked = after(start(), { type: 'insightRequested', id: 1, request: OVERVIEW });
    const part = { ...insightResult(1, OVERVIEW, VALUE, { fingerprint: 'a' }), type: 'insightPart' } as PageEvent;
    const known = after(asked, part, { type: 'insightProgress', id: 1, request: OVERVIEW, progress: { message: 'layer 1', done: 1 } });
    assert.deepEqual(insightOf(known.insights, OVERVIEW), {
      kind: 'asked',
      id: 1,
      progress: { message: 'layer 1', done: 1 },
      former: null,
      part: { kind: 'here', value: VALUE, fingerprint: 'a' },
    });
    assert.equal(insightOf(after(known, insightResult(1, OVERVIEW, VALUE)).insights, OVERVIEW).kind, 'here');
    const cancelled = after(known, { type: 'insightFailed', id: 1, request: OVERVIEW, problem: null });
    assert.equal(insightOf(cancelled.insights, OVERVIEW).kind, 'failed');
    // A part of what is asked no more comes too late.
    assert.equal(after(cancelled, part).insights, cancelled.insights);
  });

  it('keeps what is known of neurons while they are looked for anew, and where that is cancelled', () => {
    const neurons = { prompts: 3, neurons: [] } as unknown as ActiveNeurons;
    const known = after(start(), insightResult(null, NEURONS, neurons, { fingerprint: 'a' }));
    const looking = after(known, { type: 'insightProgress', id: null, request: NEURONS, progress: { message: 'prompt 1', done: 0 } });
    assert.equal(foundOfShown(looking), neurons);
    const cancelled = after(looking, { type: 'insightFailed', id: null, request: NEURONS, problem: null });
    assert.equal(insightOf(cancelled.insights, NEURONS).kind, 'here');
  });

  it('marks neurons of the model that is shown only, not those of another with the same name', () => {
    const neurons = { prompts: 3, neurons: [] } as unknown as ActiveNeurons;
    const known = after(start(), insightResult(null, NEURONS, neurons, { fingerprint: 'b' }));
    assert.equal(foundOfShown(known), null);
    assert.equal(foundOfShown(after(known, shows(graph, 'b'))), neurons);
  });
});
