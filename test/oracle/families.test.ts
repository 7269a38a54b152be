import assert from 'node:assert/strict';
import { modelTypes } from '../../src/model/architecture/registry';
import { fixtureFolders, modelTypeOf } from './fixture';

describe('The fixtures of the reference implementation', () => {
  const covered = new Set([...fixtureFolders.keys()].map(modelTypeOf));

  it('cover every family that the engine knows', () => {
    assert.deepEqual(
      modelTypes.filter((modelType) => !covered.has(modelType)),
      [],
    );
  });

  it('are of families that the engine knows', () => {
    assert.deepEqual(
      [...covered].filter((modelType) => !modelTypes.includes(modelType)),
      [],
    );
  });
});
