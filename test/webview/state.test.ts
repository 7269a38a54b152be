import assert from 'node:assert/strict';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { StoryDifference } from '../../src/core/insight/story-difference';
import type { Tab } from '../../src/core/protocol/insight';
import type { Theme } from '../../webview/lib/theme/theme';
import { edgeKindSchema } from '../../src/core/format/flow-graph';
import { nodesForShare } from '../../src/core/analyse/attribution';
import { paneState } from '../../webview/state/pane';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { edgeKinds } from '../../webview/state/edge-kinds';
import { insightOf } from '../../webview/state/insight-state';
import { highlightsFor } from '../../webview/state/highlight';
import { readKeptView } from '../../webview/state/kept-view';
import { emphasis, keptByShare, pinnedNodes, screenOf, seenInsight } from '../../webview/state/selectors';
import { firstState, type PageState } from '../../webview/state/page-state';
import { FIRST_VIEW } from '../../webview/state/view-state';
import { reduce } from '../../webview/state/reduce';
import type { PageEvent } from '../../webview/state/page-event';
import { sourcesOf } from '../../webview/state/shown-graph';
import { createStore } from '../../webview/state/store';
import { SAMPLE_MODEL } from './insight-messages';
import { sampleWhatIf } from './sample-comparison';
import { sampleGraph } from './sample-graph';

const THEME: Theme = {
  kind: 'dark',
  background: '#000000',
  foreground: '#ffffff',
  muted: '#cccccc',
  panel: '#222222',
  border: '#444444',
  font: 'sans-serif',
};

const after = (state: PageState, ...events: PageEvent[]): PageState => events.reduce(reduce, state);

describe('The state of the page', () => {
  let graph: FlowGraph;
  let shown: PageState;
  before(async () => {
    graph = await sampleGraph({ nLayers: 2, nHeads: 4, counts: { top: 4, bottom: 2 } });
    shown = reduce(firstState(THEME, FIRST_VIEW), {
      type: 'graph',
      fingerprint: SAMPLE_MODEL,
      graph,
      request: requestOf(graph),
      origin: {},
    });
  });

  it('says in the controls what was asked for until the answer comes', () => {
    const asked = reduce(shown, { type: 'asked', change: { position: 2 } });
    assert.equal(asked.request?.position, 2);
    assert.equal(asked.shown?.graph.position, graph.position);
    const problem: PageEvent = { type: 'problem', problem: { code: 'io', message: 'no' } };
    for (const end of [{ type: 'idle' } as const, problem]) assert.equal(reduce(asked, end).request?.position, graph.position);
  });

  it('is the same state after what changes nothing of the view, and is not told of', () => {
    const store = createStore(shown);
    let told = 0;
    store.watch(() => told++);
    store.dispatch({ type: 'view', change: { tab: shown.view.tab, colourBy: shown.view.colourBy } });
    assert.equal(store.state(), shown);
    assert.equal(told, 1, 'of the first state only');
  });

  it('shows a graph as a graph was shown last, whatever a comparison was shown as between', async () => {
    const comparison = await sampleWhatIf('blocks.2.attn.head.3');
    const request = compareRequestOf(comparison);
    const compared: PageEvent = { type: 'comparison', fingerprint: SAMPLE_MODEL, comparison, request, origins: { left: {}, right: {} } };
    const single: PageEvent = { type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} };
    const listed = after(shown, compared, { type: 'view', change: { mode: 'table' } });
    assert.equal(listed.view.mode, 'table');
    assert.equal(after(listed, single).view.mode, 'graph', 'when all is taken back');
    assert.equal(after(listed, single, compared).view.mode, 'table');
    const reloaded = firstState(THEME, readKeptView(JSON.parse(JSON.stringify(listed.view))));
    assert.equal(after(reloaded, compared).view.mode, 'table', 'after a reload');
    assert.equal(after(reloaded, compared, single).view.mode, 'graph');
  });

  describe('of a comparison', () => {
    let compared: PageEvent;
    let single: PageEvent;
    before(async () => {
      const comparison = await sampleWhatIf('blocks.2.attn.head.3');
      const request = compareRequestOf(comparison);
      compared = { type: 'comparison', fingerprint: SAMPLE_MODEL, comparison, request, origins: { left: {}, right: {} } };
      single = { type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} };
    });
    const on = (tab: Tab, narrow: boolean): PageState => after(shown, { type: 'narrow', narrow }, { type: 'view', change: { tab } });

    it('begins with the story where it is narrow, unless the flow graph or the overview is looked at', () => {
      assert.equal(screenOf(after(on('story', true), compared)), 'difference');
      assert.equal(screenOf(after(on('norms', true), compared)), 'difference');
      assert.equal(screenOf(after(on('overview', true), compared)), 'overviewDifference');
      assert.equal(screenOf(after(on('overview', false), compared)), 'overviewDifference');
      assert.equal(screenOf(after(on('graph', true), compared)), 'comparison');
      assert.equal(screenOf(after(on('story', false), compared)), 'comparison');
    });

    it('stays on its tab while the panel changes its width, and while another comparison takes its place', () => {
      const told = after(on('story', true), compared, { type: 'narrow', narrow: false }, compared);
      assert.equal(screenOf(told), 'difference');
      const graphs = after(told, { type: 'view', change: { tab: 'graph' } }, { type: 'narrow', narrow: true }, compared);
      assert.equal(screenOf(graphs), 'comparison');
    });

    it('is kept across a reload, and settled anew once a single graph was shown', () => {
      const told = after(on('story', true), compared);
      const reloaded = firstState(THEME, readKeptView(JSON.parse(JSON.stringify(told.view))));
      assert.equal(screenOf(after(reloaded, compared)), 'difference');
      assert.equal(screenOf(after(told, { type: 'narrow', narrow: false }, single, compared)), 'comparison');
    });

    it('names the insight that its tab shows, and of its own only', () => {
      assert.equal(seenInsight(after(on('story', true), compared)), 'storyDifference');
      assert.equal(seenInsight(after(on('graph', true), compared)), null);
      assert.equal(seenInsight(on('story', true)), 'story');
      assert.equal(seenInsight(after(on('neurons', true), compared)), null);
    });

    it('forgets its story once it is another comparison, and not when the same is shown with more layers', () => {
      const story = {} as StoryDifference;
      const told = after(on('story', true), compared, {
        type: 'insightResult',
        id: null,
        request: { of: 'storyDifference' },
        value: story,
        fingerprint: SAMPLE_MODEL,
      });
      const here = (state: PageState): string => insightOf<'storyDifference'>(state.insights, { of: 'storyDifference' }).kind;
      assert.equal(here(after(told, compared)), 'here');
      assert.ok(compared.type === 'comparison');
      const { left } = compared.comparison;
      const moved = { ...compared, comparison: { ...compared.comparison, left: { ...left, position: left.position - 1 } } };
      assert.equal(here(after(told, moved)), 'absent');
      assert.equal(here(after(told, single)), 'absent');
    });
  });

  it('keeps the graph when a problem comes', () => {
    const state = reduce(shown, { type: 'problem', problem: { code: 'io', message: 'no' } });
    assert.equal(state.shown, shown.shown);
    assert.equal(reduce(state, { type: 'dismiss' }).phase.kind, 'idle');
  });

  it('forgets a target problem when the target is asked anew', () => {
    const state = reduce(shown, { type: 'targetProblem', text: 'a b', pieces: [], near: [], field: { of: 'target' } });
    assert.equal(state.targetProblem?.text, 'a b');
    assert.equal(reduce(state, { type: 'asked', change: { target: null } }).targetProblem, null);
    assert.notEqual(reduce(state, { type: 'asked', change: { position: 0 } }).targetProblem, null);
  });

  it('says which second token was asked for, and forgets the problem of an earlier one', () => {
    const problem = reduce(shown, { type: 'targetProblem', text: 'a b', pieces: [], near: [], field: { of: 'against' } });
    const asked = reduce(problem, { type: 'asked', change: { against: ' Kyoto' } });
    assert.deepEqual([asked.request?.against, asked.targetProblem], [' Kyoto', null]);
    assert.equal(reduce(asked, { type: 'idle' }).request?.against, null, 'until the answer says otherwise');
  });

  it('keeps in a comparison the nodes that account for a part of the share on either side', async () => {
    const comparison = await sampleWhatIf('blocks.2.attn.head.3');
    const compared = reduce(shown, {
      type: 'comparison',
      fingerprint: SAMPLE_MODEL,
      comparison,
      request: compareRequestOf(comparison),
      origins: { left: {}, right: {} },
    });
    assert.equal(keptByShare(paneState(compared, 'left')), null);
    const [pinned] = comparison.left.nodes.filter(
      ({ id }) => !nodesForShare(comparison.left, 0.3).has(id) && !nodesForShare(comparison.right, 0.3).has(id),
    );
    const half = after(compared, { type: 'view', change: { shareKept: 0.3 } }, { type: 'togglePin', id: pinned.id });
    const either = new Set([
      ...nodesForShare(comparison.left, 0.3, new Set([pinned.id])),
      ...nodesForShare(comparison.right, 0.3, new Set([pinned.id])),
    ]);
    assert.ok(either.size < comparison.nodes.length);
    for (const pane of ['left', 'right', 'merged'] as const) assert.deepEqual(keptByShare(paneState(half, pane)), either, pane);
    assert.ok(either.has(pinned.id));
  });

  it('shows a pinned node again when a later graph has it again', () => {
    const id = graph.nodes[3].id;
    const pinned = reduce(shown, { type: 'togglePin', id });
    const without = { ...graph, nodes: graph.nodes.filter((node) => node.id !== id), edges: [] };
    const request = requestOf(graph);
    const gone = reduce(pinned, { type: 'graph', fingerprint: SAMPLE_MODEL, graph: without, request, origin: {} });
    assert.deepEqual(pinnedNodes(gone), []);
    assert.deepEqual(
      pinnedNodes(reduce(gone, { type: 'graph', fingerprint: SAMPLE_MODEL, graph, request, origin: {} })).map((node) => node.id),
      [id],
    );
  });

  it('forgets the hovered node when the next graph lacks it', () => {
    const state = after(
      shown,
      { type: 'hover', id: graph.nodes[3].id },
      { type: 'graph', fingerprint: SAMPLE_MODEL, graph: { ...graph, nodes: [], edges: [] }, request: requestOf(graph), origin: {} },
    );
    assert.equal(state.hovered, null);
  });

  it('brings nothing forward on a tab that was pointed at on another', () => {
    const id = graph.nodes[0]?.id ?? '';
    const story = reduce(shown, { type: 'view', change: { tab: 'story' } });
    // The keys of the story's map go to a read of a token.
    const at = after(story, { type: 'hover', id }, { type: 'hoverToken', token: 1 });
    assert.equal(reduce(at, { type: 'view', change: { tab: 'story' } }).hoveredToken, 1);
    for (const left of [reduce(at, { type: 'view', change: { tab: 'graph' } }), reduce(at, { type: 'reveal', what: 'neurons' })]) {
      assert.deepEqual([left.hovered, left.hoveredToken], [null, null]);
      assert.deepEqual(highlightsFor(left, at), [{ token: null, focus: false }]);
    }
  });

  it('brings forward a node with its neighbours, less the edges that are hidden', () => {
    const concat = graph.nodes.find((node) => node.kind === 'concat')!;
    const hovered = reduce(shown, { type: 'hover', id: concat.id });
    const touching = graph.edges.filter(({ from, to }) => from === concat.id || to === concat.id);
    assert.deepEqual(emphasis(hovered)?.edges, touching);
    const hidden = reduce(hovered, { type: 'view', change: { hiddenEdges: ['coefficient'] } });
    assert.deepEqual(
      emphasis(hidden)?.edges,
      touching.filter(({ kind }) => kind !== 'coefficient'),
    );
    assert.equal(emphasis(shown), null);
  });

  it('knows which prompt tokens a head, a key and a neuron read', () => {
    const query = graph.nodes.find((node) => node.kind === 'head_query')!;
    const keys = graph.nodes.filter((node) => node.kind === 'head_key' && node.head === query.head);
    assert.deepEqual(
      sourcesOf(shown.shown!, query.id),
      keys.map((key) => key.source),
    );
    assert.deepEqual(sourcesOf(shown.shown!, keys[0].id), [keys[0].source]);
    assert.deepEqual(sourcesOf(shown.shown!, graph.nodes.find((node) => node.kind === 'neuron_value')!.id), []);
  });

  it('tells the editor only when the lit token changes', () => {
    const key = graph.nodes.find((node) => node.kind === 'head_key')!;
    const hovered = reduce(shown, { type: 'hover', id: key.id });
    assert.deepEqual(highlightsFor(hovered, shown), [{ token: key.source, focus: false }]);
    assert.deepEqual(highlightsFor(reduce(hovered, { type: 'view', change: { colourBy: 'norm' } }), hovered), []);
    assert.deepEqual(highlightsFor(shown, hovered), [{ token: null, focus: false }]);
  });

  it('hands events on in order when a watcher dispatches', () => {
    const store = createStore(shown);
    const seen: (string | null)[] = [];
    store.watch((state) => {
      if (state.hovered === 'a') store.dispatch({ type: 'hover', id: 'b' });
    });
    store.watch((state) => seen.push(state.hovered));
    store.dispatch({ type: 'hover', id: 'a' });
    assert.deepEqual(seen, [null, 'a', 'b']);
  });
});

describe('A kept view', () => {
  it('comes back as it was', () => {
    const view = {
      ...FIRST_VIEW,
      colourBy: 'share' as const,
      mode: 'table' as const,
      againstOpen: 'right' as const,
      keepBy: 'effect' as const,
      pinned: ['a'],
      hiddenEdges: ['norm' as const],
      camera: { x: 1, y: 2, scale: 0.5, layout: 'k', fitted: true },
    };
    assert.deepEqual(readKeptView(JSON.parse(JSON.stringify(view))), view);
  });

  it('is the first view when nothing sensible was kept', () => {
    for (const kept of [
      null,
      undefined,
      3,
      'x',
      [],
      { colourBy: 'hue', mode: 1, pinned: 'a', hiddenEdges: ['x'], camera: { x: NaN, y: 0, scale: 1, layout: '' } },
    ]) {
      assert.deepEqual(readKeptView(kept), FIRST_VIEW);
    }
  });

  it('knows every kind of edge', () => {
    assert.deepEqual([...edgeKinds].sort(), [...edgeKindSchema.options].sort());
  });
});
