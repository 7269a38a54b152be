import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { buildFlowGraph } from '../../../src/core/graph/build';
import { publishedSchema } from '../../../src/core/graph/published-schema';
import { DEFAULT_COUNTS } from '../../../src/core/protocol/engine';
import { FakePass } from '../../support/fake-pass';

const file = path.join(__dirname, '..', '..', '..', 'docs', 'flow-graph.schema.json');

describe('the published schema', () => {
  it('is what the code uses', () => {
    assert.equal(readFileSync(file, 'utf8'), publishedSchema(), 'run: npm run schema');
  });

  it('accepts a graph, and refuses one with a broken edge, to a validator that is not ours', async () => {
    const validate = new Ajv2020().compile(JSON.parse(readFileSync(file, 'utf8')));
    const pass = new FakePass();
    const options = { layers: { from: 0, to: 2 }, position: pass.tokens.length - 1, target: null, counts: DEFAULT_COUNTS };
    const graph: unknown = JSON.parse(JSON.stringify(await buildFlowGraph(pass, options, { signal: { aborted: false }, report: () => {} })));
    assert.ok(validate(graph), JSON.stringify(validate.errors));
    const edges = [{ ...(graph as { edges: object[] }).edges[0], weight: 'heavy' }];
    assert.ok(!validate({ ...(graph as object), edges }));
  });
});
