import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import type { ModelInfo } from '../../src/core/format/flow-graph';
import { buildLensGrid } from '../../src/core/insight/lens-grid';
import type { EngineMethods } from '../../src/core/protocol/engine';
import type { EngineHandlers } from '../../src/engine/service/engine-handlers';
import { SessionPool } from '../../src/engine/onnx/session-pool';
import { createHandlers } from '../../src/engine/service/handlers';
import { MODEL, openEmbeddedModel } from './embedded-model';

const prompt = { text: 'The capital of Japan is the city of' };
const other = { text: 'The capital of France is the city of' };
const sides = { left: { prompt, options: {} }, right: { prompt: other, options: {} } };
const all = { layers: { from: 0, to: 7 }, effects: { baseline: 'zero' } } as const;

/** Where an answer says what was read of vectors; all else is the same through every lens. */
const READ =
  /(^|\.)(reading|label|says|writes|written|suppressed|promoted|before|after|kept|gained|lost|overlap|targetRank|logRankChange|entropy|leadsFrom|differsFrom|vocabulary|places|grid)(\.|$)|\.change\.(probability|logit|rank)$|^layers\.(sides\.(left|right)\.)?target\./;

/** What a view asks, and where its words are. */
type Asked = { [K in keyof EngineMethods]: { readonly of: K } & Omit<EngineMethods[K]['params'], 'model'> }[keyof EngineMethods];
const VIEWS: Readonly<Record<string, { readonly asked: Asked; readonly words: readonly string[] }>> = {
  'the flow graph, with effects': {
    asked: { of: 'graph', prompt, options: all },
    words: ['nodes.label', 'nodes.reading.top.text', 'stream.reading.top.text'],
  },
  'a what-if': {
    asked: { of: 'graph', prompt, options: { interventions: [{ mode: 'zero', component: 'blocks.3.attn.head.1' }] } },
    words: ['nodes.label', 'stream.reading.top.text'],
  },
  'a comparison': {
    asked: { of: 'compare', ...sides, options: { layers: { from: 2, to: 2 } } },
    words: ['left.nodes.label', 'right.nodes.label'],
  },
  'the story': { asked: { of: 'story', prompt, options: {} }, words: ['layers.says.probability', 'reads.writes.text'] },
  'the story of a comparison': {
    asked: { of: 'storyDifference', ...sides, options: {} },
    words: ['layers.sides.left.says.probability', 'reads.writes.right.text'],
  },
  causes: { asked: { of: 'causes', prompt, options: {} }, words: ['candidates.writes.text'] },
  'what parts two passes': { asked: { of: 'differenceCauses', ...sides, options: {} }, words: ['candidates.writes.left.text'] },
  'the overview': { asked: { of: 'overview', prompt, options: {} }, words: ['grid.resid_post.top.text', 'grid.mlp_out.top.text'] },
  'the overview of a comparison': {
    asked: { of: 'overviewDifference', ...sides, options: {} },
    words: ['left.grid.attn_out.top.text', 'right.grid.mlp_out.top.text'],
  },
  norms: { asked: { of: 'norms', prompt, options: {} }, words: ['norms.before.text', 'norms.after.text'] },
  'norms over prompts': {
    asked: { of: 'normSummary', prompts: [prompt.text, other.text], tokens: 5 },
    words: ['norms.suppressed.text'],
  },
  'always-active neurons': {
    asked: { of: 'activeNeurons', prompts: [prompt.text, other.text], options: { atLeast: 0.5 } },
    words: ['neurons.reading.top.text'],
  },
  'what a head reads': { asked: { of: 'headMemory', prompt, options: { layer: 3, head: 2 } }, words: ['sources.reading.top.text'] },
  'the search for a token': { asked: { of: 'tokenIndex', prompt, options: {} }, words: ['vocabulary.text'] },
};
/** What no lens has a part in. */
const UNREAD: Readonly<Record<string, Asked>> = {
  gradients: { of: 'backwardLens', prompt, options: { layer: 3 } },
  effects: { of: 'effects', prompt, options: {} },
};

/** Pools, with the method that makes a session where there is none: how many are made shows in nothing else. */
const Pools = SessionPool as unknown as {
  readonly prototype: { has(key: string): boolean; keep(graph: { readonly key: string }): unknown };
};

describe('The choice of a lens, with the embedded model', () => {
  let handlers: EngineHandlers;
  let forwards = 0;
  let backwards = 0;
  let sessions = 0;
  let release: () => Promise<void>;
  const { keep } = Pools.prototype;
  before(() => {
    handlers = createHandlers({
      async loadModel() {
        const open = await openEmbeddedModel();
        const forward = open.model.forward.bind(open.model);
        open.model.forward = async (...of: Parameters<typeof forward>) => {
          forwards += 1;
          const pass = await forward(...of);
          const differentiate = pass.differentiate.bind(pass);
          return Object.assign(pass, {
            differentiate: (...at: Parameters<typeof differentiate>) => {
              backwards += 1;
              return differentiate(...at);
            },
          });
        };
        const intervene = open.model.intervene.bind(open.model);
        open.model.intervene = (...of: Parameters<typeof intervene>) => {
          forwards += 1;
          return intervene(...of);
        };
        release = () => open.model.release();
        return open;
      },
      buildFlowGraph,
      buildLensGrid,
    });
    Pools.prototype.keep = function (graph) {
      if (!this.has(graph.key)) sessions += 1;
      return keep.call(this, graph);
    };
  });
  after(async () => {
    await release();
    Pools.prototype.keep = keep;
  });

  const context = { signal: { aborted: false }, report: () => undefined, opened: () => undefined };
  const ask = async ({ of, ...params }: Asked, lens: string): Promise<object> => {
    // TypeScript cannot see that a method's name and its parameters belong together.
    const method = handlers[of] as (params: object, context: object) => Promise<object>;
    return JSON.parse(JSON.stringify(await method({ model: { folder: MODEL, lens }, ...params }, context))) as object;
  };

  for (const [name, { asked, words }] of Object.entries(VIEWS)) {
    it(`changes the words of ${name}, which names it, and no share, effect, norm or sum`, async () => {
      const [logit, fitted] = [await ask(asked, 'logit'), await ask(asked, 'fitted')];
      const changed = differences(logit, fitted);
      for (const place of words) assert.ok(changed.includes(place), `${place} is the same: ${changed.join(', ')}`);
      assert.deepEqual(
        changed.filter((place) => !READ.test(place)),
        [],
      );
      assert.deepEqual([lensOf(logit), lensOf(fitted)], ['logit', 'fitted']);
    });
  }

  for (const [name, asked] of Object.entries(UNREAD)) {
    it(`changes nothing of ${name}`, async () => {
      assert.deepEqual(differences(await ask(asked, 'logit'), await ask(asked, 'fitted')), []);
    });
  }

  it('is undone after another lens was compared with, whose first tokens are those that it reads by itself', async () => {
    const compared = (lens: string, other: string) =>
      handlers.lensDifference({ model: { folder: MODEL, lens }, prompt, lens: other }, context);
    const grid = (lens: string) => handlers.lens({ model: { folder: MODEL, lens }, prompt, tokens: 1 }, context);
    const before = forwards;
    const [one, two] = [await compared('logit', 'fitted'), await compared('fitted', 'logit')];
    assert.deepEqual(
      [one.model.lens?.name, one.other?.name, two.model.lens?.name, two.other?.name],
      ['logit', 'fitted', 'fitted', 'logit'],
    );
    for (const [lens, of] of [
      ['logit', one],
      ['fitted', two],
    ] as const) {
      const { rows } = await grid(lens);
      const read = rows.map(({ cells }) => cells.map(({ top }) => top[0]?.id));
      assert.deepEqual(
        of.cells.slice(1).map((border) => border.map(({ first }) => first.id)),
        read,
      );
    }
    const mirrored = two.cells.map((border) => border.map(({ only, otherOnly }) => [otherOnly.length, only.map(({ id }) => id)]));
    assert.deepEqual(
      one.cells.map((border) => border.map(({ only, otherOnly }) => [only.length, otherOnly.map(({ id }) => id)])),
      mirrored,
    );
    assert.ok(one.cells.at(-1)?.every(({ only }) => only.length === 0));
    assert.ok(one.cells[0]?.some(({ only }) => only.length > 0));
    assert.equal(forwards, before);
    await assert.rejects(compared('logit', 'none'), { code: 'lens-invalid' });
    assert.equal((await handlers.load({ model: { folder: MODEL, lens: 'logit' } }, context)).lens?.name, 'logit');
  });

  it('runs no pass and no gradient again when it is changed, and makes no session for a lens that was looked through before', async () => {
    const views = ['the flow graph, with effects', 'the story', 'the overview', 'a what-if', 'a comparison'].flatMap(
      (name) => VIEWS[name] ?? [],
    );
    for (const lens of ['logit', 'fitted']) for (const { asked } of views) await ask(asked, lens);
    const before = { forwards, backwards, sessions };
    for (const lens of ['logit', 'fitted', 'logit', 'fitted']) for (const { asked } of views) await ask(asked, lens);
    assert.deepEqual({ forwards, backwards, sessions }, before);
    assert.ok(forwards > 0 && backwards > 0 && sessions > 0);
  });
});

/** Where two answers differ, without numbers of rows, and but for what is said of the lens itself. */
function differences(one: object, two: object): string[] {
  const found = new Set<string>();
  const walk = (a: unknown, b: unknown, place: string): void => {
    if (a === b || place.endsWith('model.lens')) return;
    if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        const inner = /^\d+$/.test(key) ? place : place === '' ? key : `${place}.${key}`;
        walk((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], inner);
      }
      return;
    }
    found.add(place);
  };
  walk(one, two, '');
  return [...found];
}

function lensOf(answer: object): string | undefined {
  const { model, left } = answer as { readonly model?: ModelInfo; readonly left?: { readonly model?: ModelInfo } };
  return (model ?? left?.model)?.lens?.name;
}
