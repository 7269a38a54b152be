import assert from 'node:assert/strict';
import { readThrough, whateverLens } from '../../../../src/core/protocol/model-fingerprint';
import { resultKey } from '../../../../src/core/protocol/insight';
import type { InsightPlace } from '../../../../src/core/protocol/insight-scope';
import {
  agreementAt,
  agreementByDepth,
  agreementInWords,
  isFaint,
  lensFact,
  lensTitleAmong,
  lensTitlesApart,
  readThroughInWords,
  twoLensesInWords,
} from '../../../../src/core/present/lens-words';

const FIGURES = { agreement: [0, 0.04, 0.27, 0.6, 1], divergence: [30, 20, 5, 1, 0] };
const model = { lens: { kind: 'fitted', name: 'mine', id: 'abc', figures: FIGURES } } as const;

describe('Words about lenses', () => {
  it('name the lens and how often it agrees with the model there', () => {
    assert.equal(readThroughInWords(model), 'Read through the fitted lens “mine”.');
    assert.equal(readThroughInWords({}), 'Read through the logit lens.');
    for (const [kind, name, words] of [
      ['fitted', 'fitted', 'the fitted lens'],
      ['tuned', 'tuned', 'the tuned lens'],
      ['tuned', 'theirs', 'the tuned lens “theirs”'],
      ['jacobian', 'jacobian', 'the Jacobian lens'],
      ['jacobian', 'theirs', 'the Jacobian lens “theirs”'],
    ] as const)
      assert.equal(readThroughInWords({ lens: { kind, name } }), `Read through ${words}.`);
    assert.equal(agreementInWords(model, 2), 'The fitted lens “mine” agrees with the model in 27 % of cases here');
    assert.equal(lensFact(model, 2), 'mine · agrees in 27 %');
    assert.equal(
      agreementByDepth(model),
      'The fitted lens “mine” agrees with the model in 4 % of cases after layer 0, 27 % after layer 1, 60 % after layer 2.',
    );
  });

  it('say nothing of what is not known, nor of the last border, where every lens is the model', () => {
    assert.equal(agreementAt({}, 1), undefined);
    assert.equal(agreementInWords(model, 4), undefined);
    assert.equal(agreementByDepth({}), '');
  });

  it('tell two lenses of one name apart, by what they were asked for or by their ids', () => {
    const of = (id: string, name = 'mine') => ({ kind: 'fitted', name, id }) as const;
    const [one, two] = [of('12345678'), of('12345abc')];
    assert.deepEqual(lensTitlesApart([one, two]), ['mine (123456)', 'mine (12345a)']);
    assert.deepEqual(lensTitlesApart([one, of('ff00ff00')]), ['mine (1234)', 'mine (ff00)']);
    assert.deepEqual(twoLensesInWords([one, two], ['a/lens.safetensors', 'b/lens.safetensors']), [
      'the fitted lens “mine” (a/lens.safetensors)',
      'the fitted lens “mine” (b/lens.safetensors)',
    ]);
    assert.deepEqual(twoLensesInWords([one, of('12345678')]), ['the fitted lens “mine”', 'the fitted lens “mine”'], 'the same lens twice');
    assert.deepEqual(lensTitlesApart([one, undefined]), ['mine', 'Logit']);
    const names = ['logit', 'fitted', 'Fitted', 'mine'];
    assert.deepEqual(
      names.map((name) => lensTitleAmong(name, names)),
      ['Logit', '“fitted”', '“Fitted”', 'mine'],
    );
  });

  it('call a reading doubtful below 5 %', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((border) => isFaint(model, border)),
      [true, true, false, false, false],
    );
    assert.equal(isFaint({}, 0), false);
  });
});

describe('What caches know a model by', () => {
  const place = (fingerprint: string): InsightPlace => ({
    fingerprint,
    file: undefined,
    graph: { prompt: 'a', position: 0, target: { id: 1, measure: 'centred' } as never },
  });

  it('differs by lens, and the model is the same whatever it is read through', () => {
    const [logit, mine] = [readThrough('00ff', undefined), readThrough('00ff', model.lens)];
    assert.notEqual(logit, mine);
    assert.equal(whateverLens(mine), logit);
  });

  it('makes words out of date when the lens changes, and effects not', () => {
    const [logit, mine] = [readThrough('00ff', undefined), readThrough('00ff', model.lens)];
    for (const of of ['story', 'overview', 'norms', 'tokenIndex'] as const)
      assert.notEqual(resultKey(of, place(logit)), resultKey(of, place(mine)));
    for (const of of ['effects', 'measureEffects', 'checkCause', 'backwardLens'] as const)
      assert.equal(resultKey(of, place(logit)), resultKey(of, place(mine)));
  });
});
