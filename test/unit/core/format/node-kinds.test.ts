import assert from 'node:assert/strict';
import { COLUMNS, DRAWING_ORDER, KIND_NAMES, NODE_KINDS, standsForHead } from '../../../../src/core/format/node-kinds';
import { nodeKindSchema } from '../../../../src/core/format/flow-graph';

describe('The table of kinds of nodes', () => {
  it('names what the published format names, in its order', () => {
    assert.deepEqual(nodeKindSchema.options, KIND_NAMES);
  });

  it('draws every kind once, and no column is without one', () => {
    assert.deepEqual([...DRAWING_ORDER].sort(), [...KIND_NAMES].sort());
    assert.deepEqual(new Set(KIND_NAMES.map((kind) => NODE_KINDS[kind].column)), new Set(Object.keys(COLUMNS)));
  });

  it('names a column after the first kind in it', () => {
    for (const column of Object.keys(COLUMNS))
      assert.equal(
        DRAWING_ORDER.find((kind) => NODE_KINDS[kind].column === column),
        column,
      );
  });

  it('draws what was put in below what it replaces', () => {
    for (const patch of KIND_NAMES.filter((kind) => NODE_KINDS[kind].role === 'patch')) {
      const { column } = NODE_KINDS[patch];
      const inColumn = DRAWING_ORDER.filter((kind) => NODE_KINDS[kind].column === column);
      const below = inColumn.slice(inColumn.indexOf(patch) + 1);
      assert.ok(inColumn.length > 1 && below.every((kind) => NODE_KINDS[kind].role === 'patch'), patch);
    }
  });

  it('knows a head by its query and its output', () => {
    assert.deepEqual(KIND_NAMES.filter(standsForHead), ['head_query', 'head_out']);
  });

  it('hides companions with a component, so each has one', () => {
    for (const kind of KIND_NAMES) if (NODE_KINDS[kind].companion) assert.ok(NODE_KINDS[kind].component, kind);
  });
});
