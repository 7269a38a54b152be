import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { requireMultiple } from '../../../src/model/architecture/parts/config-fields';
import { rotaryOf } from '../../../src/model/architecture/parts/rotary-config';
import { Problem } from '../../../src/core/problem';
import { ROOT } from '../../support/repository';

const FOLDER = path.join(ROOT, 'src', 'model');

/** A problem of a code and a message alone; what is wrong with the program itself needs no hint. */
const WITHOUT_HINT = /new Problem\(\s*'(?!internal)[\w-]+',\s*(?:`[^`]*`|'[^']*'),?\s*\)/g;

describe('A model that does not open', () => {
  it('says what to do about sizes that do not fit', () => {
    for (const [refused, message] of [
      [
        () => requireMultiple('hidden_size', 10, 'num_attention_heads', 4),
        /hidden_size \(10\) is not a multiple of num_attention_heads \(4\)/,
      ],
      [() => rotaryOf({ max_position_embeddings: 32 }, 7), /each head has 7 rotated features/],
    ] as const) {
      assert.throws(refused, (error) => error instanceof Problem && message.test(error.message) && /published/.test(error.hint ?? ''));
    }
  });

  it('says what to do next, whatever is wrong with it', () => {
    const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const texts = files.map((name) => readFileSync(path.join(FOLDER, name), 'utf8'));
    assert.ok(texts.filter((text) => text.includes('new Problem(')).length > 50, 'problems are found');
    assert.deepEqual(
      texts.flatMap((text) => text.match(WITHOUT_HINT) ?? []),
      [],
    );
  });
});
