import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import { comparePasses } from '../../../../src/core/compare/compare-passes';
import { PUBLISHED_FILES, publishedSchema } from '../../../../src/core/format/published-schema';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { FakePass } from '../../../support/fake-pass';

const docs = path.join(__dirname, '..', '..', '..', '..', 'docs');
const file = path.join(docs, 'flow-graph.schema.json');
const quiet = { signal: { aborted: false }, report: () => {} };

describe('the published schema', () => {
  for (const name of PUBLISHED_FILES) {
    it(`${name} is what the code uses`, () => {
      assert.equal(readFileSync(path.join(docs, name), 'utf8'), publishedSchema(name), 'run: npm run schema');
    });
  }

  it('accepts a comparison, and refuses one without an alignment, to a validator that is not ours', async () => {
    const validate = new Ajv2020().compile(JSON.parse(readFileSync(path.join(docs, 'comparison.schema.json'), 'utf8')));
    const side = (prompt: string) => {
      const pass = new FakePass(prompt);
      return { pass, options: { position: pass.tokens.length - 1, target: null } };
    };
    const options = { layers: { from: 0, to: 1 }, counts: { ...DEFAULT_COUNTS, heads: 2, tokens: 3 }, targets: 'own' } as const;
    const compared = await comparePasses(
      { left: side('The capital of Japan is'), right: side('The capital of the Republic is') },
      options,
      quiet,
    );
    const { alignment, ...rest } = JSON.parse(JSON.stringify(compared)) as typeof compared;
    assert.ok(validate({ ...rest, alignment }), JSON.stringify(validate.errors));
    assert.ok(!validate(rest));
  });

  it('accepts a graph, and refuses one with a broken edge, to a validator that is not ours', async () => {
    const validate = new Ajv2020().compile(JSON.parse(readFileSync(file, 'utf8')));
    const pass = new FakePass();
    const options = { layers: { from: 0, to: 2 }, position: pass.tokens.length - 1, target: null, counts: DEFAULT_COUNTS };
    const graph: unknown = JSON.parse(JSON.stringify(await buildFlowGraph(pass, options, quiet)));
    assert.ok(validate(graph), JSON.stringify(validate.errors));
    const edges = [{ ...(graph as { edges: object[] }).edges[0], weight: 'heavy' }];
    assert.ok(!validate({ ...(graph as object), edges }));
  });
});
