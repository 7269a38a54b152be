import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { modelTypes, whyNot } from '../../../src/model/architecture/registry';
import { wrapperTypes } from '../../../src/model/checkpoint/text-model';

const PROJECT = path.join(__dirname, '..', '..', '..');
const read = (file: string) => readFileSync(path.join(PROJECT, file), 'utf8');
const codes = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code);

/** Cells of the rows of the table that starts with this heading. */
function table(text: string, heading: string): string[][] {
  const [, rest] = text.split(`| ${heading} |`);
  assert(rest !== undefined, `no table with ${heading}`);
  const [body] = rest.split('\n\n');
  return body
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

describe('The lists of models', () => {
  it('in the README are the families that the registry has, each once', () => {
    const listed = table(read('README.md'), '`model_type`').flatMap(([types]) => codes(types));
    assert.deepEqual([...listed].sort(), [...modelTypes].sort());
  });

  it('in the README name every model of images and text whose language model opens', () => {
    const [, sentence = ''] = /Of models that read images as well \(([^)]+)\)/.exec(read('README.md')) ?? [];
    assert.deepEqual(codes(sentence).sort(), [...wrapperTypes].sort());
  });

  it('in docs/models.md say of fifty architectures what the registry says, with its reasons', () => {
    const rows = table(read('docs/models.md'), '`model_type`');
    assert.equal(rows.length, 50);
    assert.equal(new Set(rows.map(([type]) => type)).size, 50);
    for (const [type, , verdict] of rows) {
      const [modelType] = codes(type);
      const problem = whyNot({ model_type: modelType });
      const expected = problem === null ? (wrapperTypes.includes(modelType) ? 'yes, its language model' : 'yes') : `no: ${problem}`;
      assert.equal(verdict, expected, modelType);
    }
  });

  it('give a reason for every model that does not open', () => {
    const unnamed = table(read('docs/models.md'), '`model_type`').filter(([, , verdict]) => verdict.includes('not supported'));
    assert.deepEqual(unnamed, []);
  });
});

describe('What speaks against a model', () => {
  it('is nothing for a supported family, nor for a model of images and text with a language model that opens', () => {
    assert.equal(whyNot({ model_type: 'olmo3' }), null);
    assert.equal(whyNot({ model_type: 'qwen2_5_vl' }), null);
  });

  it('is its quantisation where that cannot be read, whatever its family', () => {
    assert.equal(whyNot({ model_type: 'llama', quantization_config: { quant_method: 'hqq' } }), 'quantised with hqq');
    assert.equal(
      whyNot({ model_type: 'llama', quantization_config: { quant_method: 'gptq', bits: 3 } }),
      'quantised with gptq, and its weights are in 3 bits, where 2, 4 and 8 can be read',
    );
    assert.equal(whyNot({ model_type: 'llama', quantization_config: { quant_method: 'gptq', bits: 4 } }), null);
  });

  it('is its kind where that is known, and else that nobody knows its family', () => {
    assert.match(whyNot({ model_type: 'dbrx' }) ?? '', /mixture of experts/);
    assert.match(whyNot({ model_type: 'internlm2' }) ?? '', /no reference to be compared with/);
    assert.equal(whyNot({ model_type: 'unheard-of' }), 'of a family that is not supported');
  });

  it('is nothing where the config does not tell', () => {
    assert.equal(whyNot({}), null);
  });
});
