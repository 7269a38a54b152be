import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { JsonObject } from '../../../../src/model/checkpoint/json';
import { localSource } from '../../../../src/model/checkpoint/local-source';
import { loadEndTokens } from '../../../../src/model/tokenizer/end-tokens';
import { temporaryFolder } from '../../../engine/checkpoint-files';

describe('The tokens that end a text', () => {
  const scratch = temporaryFolder();
  after(() => rmSync(scratch, { recursive: true }));
  let folders = 0;

  const endsOf = async (config: JsonObject, generation?: JsonObject) => {
    const folder = path.join(scratch, `${++folders}`);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
    if (generation) writeFileSync(path.join(folder, 'generation_config.json'), JSON.stringify(generation));
    return loadEndTokens({ tokenizer: { kind: 'files', source: await localSource(folder, folder) }, config });
  };

  it('are those of generation_config.json, one or several', async () => {
    assert.deepEqual(await endsOf({ eos_token_id: 2 }, { eos_token_id: [5, 7] }), [5, 7]);
    assert.deepEqual(await endsOf({ eos_token_id: 2 }, { eos_token_id: 0 }), [0]);
  });

  it('are those of config.json where that does not say', async () => {
    assert.deepEqual(await endsOf({ eos_token_id: 2 }, { temperature: 1 }), [2]);
    assert.deepEqual(await endsOf({ eos_token_id: [2, 3] }), [2, 3]);
    assert.deepEqual(await endsOf({ eos_token_id: null }), []);
    assert.deepEqual(await endsOf({}), []);
  });

  it('are those that the metadata of a GGUF file name', async () => {
    const metadata = new Map([
      ['tokenizer.ggml.eos_token_id', 2],
      ['tokenizer.ggml.eot_token_id', 9],
    ]);
    assert.deepEqual(await loadEndTokens({ tokenizer: { kind: 'gguf', metadata: async () => metadata }, config: {} }), [2, 9]);
  });
});
