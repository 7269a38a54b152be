import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readHeadMemory } from '../../../src/core/insight/attention-memory';
import { filterNorms } from '../../../src/core/insight/norm-filters';
import { buildOverview, GRID_STREAMS, type BranchEffect, type GridStream, type Overview } from '../../../src/core/insight/overview';
import type { TokenMeasure } from '../../../src/core/format/share-measure';
import type { ForwardPass } from '../../../src/engine/runtime/forward-pass';
import type { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { openEmbeddedModel, patient } from '../../model/embedded-model';

/** What `make_insight.py` wrote for one question; see there. */
interface Expected {
  readonly question: {
    readonly prompt: string;
    readonly position: number;
    readonly target: number;
    readonly against?: number;
    readonly measure: TokenMeasure;
  };
  readonly ids: readonly number[];
  readonly grid: Readonly<Record<GridStream, readonly (readonly { top: number; probability: number; target: number; rank: number }[])[]>>;
  readonly blocks: readonly { readonly attention: ExpectedBranch; readonly mlp: ExpectedBranch; readonly heads: readonly number[] }[];
  readonly norms: readonly {
    kind: string;
    layer: number | null;
    before: number[];
    after: number[];
    rank: [number, number];
    cosine: number;
  }[];
  readonly memories: readonly {
    readonly layer: number;
    readonly head: number;
    readonly sources: readonly { position: number; attention: number; norm: number; top: number[] }[];
    readonly written: readonly ExpectedToken[];
    readonly suppressed: readonly ExpectedToken[];
  }[];
}

interface ExpectedToken {
  readonly token: number;
  readonly effect: number;
  readonly source: number;
  readonly neighbours: number;
  readonly others: number;
}

interface ExpectedBranch {
  readonly share: number;
  readonly promotes: readonly [token: number, effect: number][];
  readonly suppresses: readonly [token: number, effect: number][];
}

const TOKENS = 10;
const SOURCES = 3;
/** Of probabilities, cosines and logits alike: all are of the order of 1. */
const TOLERANCE = 1e-4;

const near = (actual: number, expected: number, what: string): void => {
  assert(Math.abs(actual - expected) <= TOLERANCE, `${what}: ${actual}, the reference has ${expected}`);
};
const ids = (tokens: readonly { readonly id: number }[]): number[] => tokens.map(({ id }) => id);

const all = JSON.parse(readFileSync(path.join(__dirname, 'visit-small.json'), 'utf8')) as readonly Expected[];

for (const expected of all) {
  const { prompt, position, target, against, measure } = expected.question;
  const options = { position, target: { id: target }, measure, ...(against !== undefined && { against }) };

  describe(`Looked at as a whole by PyTorch too, position ${position} of “${prompt}”`, () => {
    let model: LoadedModel;
    let pass: ForwardPass;
    let overview: Overview;

    before(async () => {
      const opened = await openEmbeddedModel();
      model = opened.model;
      pass = await model.forward({ text: prompt, tokens: opened.tokenizer.tokenize(prompt) }, patient);
      assert.deepEqual(ids(pass.tokens), expected.ids);
      overview = await buildOverview(pass, { ...options, tokens: TOKENS }, patient);
    });
    after(() => model.release());

    for (const stream of GRID_STREAMS) {
      it(`has the same top tokens, probabilities and ranks in every cell of ${stream}`, () => {
        assert.equal(overview.grid[stream].length, expected.grid[stream].length);
        for (const [layer, cells] of expected.grid[stream].entries()) {
          for (const [p, cell] of cells.entries()) {
            const { top, target: figures } = overview.grid[stream][layer][p];
            const where = `layer ${layer}, position ${p}`;
            assert.equal(top.id, cell.top, where);
            near(top.probability, cell.probability, where);
            near(figures.probability, cell.target, where);
            assert.equal(figures.rank, cell.rank, where);
          }
        }
      });
    }

    it('has the same shares of branches and heads, and promotes and suppresses the same tokens by as much', () => {
      const compareBranch = (actual: BranchEffect, branch: ExpectedBranch, where: string): void => {
        near(actual.share, branch.share, where);
        for (const list of ['promotes', 'suppresses'] as const) {
          assert.deepEqual(
            ids(actual[list]),
            branch[list].map(([token]) => token),
            `${where} ${list}`,
          );
          actual[list].forEach(({ effect }, i) => {
            near(effect, branch[list][i][1], `${where} ${list}`);
          });
        }
      };
      for (const [layer, block] of expected.blocks.entries()) {
        compareBranch(overview.blocks[layer].attention, block.attention, `attention of layer ${layer}`);
        compareBranch(overview.blocks[layer].mlp, block.mlp, `feed-forward layer ${layer}`);
        block.heads.forEach((share, h) => {
          near(overview.blocks[layer].heads[h], share, `head ${h} of layer ${layer}`);
        });
      }
    });

    it('has the same tokens, ranks and cosines before and after every norm', async () => {
      const { norms } = await filterNorms(pass, { ...options, tokens: TOKENS }, patient);
      assert.deepEqual(
        norms.map(({ kind, layer = null }) => [kind, layer]),
        expected.norms.map(({ kind, layer }) => [kind, layer]),
      );
      for (const [i, reference] of expected.norms.entries()) {
        const where = `${reference.kind} of layer ${reference.layer}`;
        assert.deepEqual([ids(norms[i].before), ids(norms[i].after)], [reference.before, reference.after], where);
        assert.deepEqual(Object.values(norms[i].targetRank), reference.rank, where);
        near(norms[i].cosine, reference.cosine, where);
      }
    });

    for (const reference of expected.memories) {
      const { layer, head } = reference;
      it(`head ${head} of layer ${layer} reads and writes the same, from the same places`, async () => {
        const memory = await readHeadMemory(pass, { position, layer, head, measure, sources: SOURCES, tokens: TOKENS });
        assert.deepEqual(
          memory.sources.map((source) => source.position),
          reference.sources.map((source) => source.position),
        );
        for (const [i, source] of reference.sources.entries()) {
          near(memory.sources[i].attention, source.attention, 'attention');
          near(memory.sources[i].norm, source.norm, 'norm');
          assert.deepEqual(ids(memory.sources[i].reading.top), source.top);
        }
        for (const list of ['written', 'suppressed'] as const) {
          assert.deepEqual(
            ids(memory[list]),
            reference[list].map(({ token }) => token),
            list,
          );
          for (const [i, { effect, source, neighbours, others }] of reference[list].entries()) {
            const { from } = memory[list][i];
            [
              [memory[list][i].effect, effect],
              [from.source, source],
              [from.neighbours, neighbours],
              [from.others, others],
            ].forEach(([ours, theirs]) => {
              near(ours, theirs, `effect of what is ${list}`);
            });
          }
        }
      });
    }
  });
}
