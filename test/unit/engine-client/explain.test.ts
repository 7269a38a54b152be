import assert from 'node:assert/strict';
import { findCandidates, type CauseCandidates } from '../../../src/core/insight/cause-candidates';
import type { CauseCheck } from '../../../src/core/insight/explanation';
import { Problem } from '../../../src/core/problem';
import type { EngineMethods } from '../../../src/core/protocol/engine';
import type { EngineCalls } from '../../../src/engine-client/engine-calls';
import { explain, type CheckedCause } from '../../../src/engine-client/explain';
import { FakePass } from '../../support/fake-pass';

const QUIET = { signal: { aborted: false }, report: () => undefined };
const PARAMS = { model: { folder: '/model' }, prompt: { text: 'one two' }, options: {} };

/** Answers every check with the next of some quantities. */
class CheckingEngine implements EngineCalls {
  readonly asked: EngineMethods['checkCause']['params']['options'][] = [];

  constructor(
    private readonly found: CauseCandidates,
    private readonly falls: readonly number[],
  ) {}

  call<K extends keyof EngineMethods>(method: K, params: EngineMethods[K]['params']): Promise<EngineMethods[K]['result']> {
    const answer = method === 'causes' ? this.found : this.check(params as EngineMethods['checkCause']['params']);
    return Promise.resolve(answer as EngineMethods[K]['result']);
  }

  private check({ options }: EngineMethods['checkCause']['params']): CauseCheck {
    const fall = this.falls[this.asked.length];
    if (fall === undefined) throw new Problem('cancelled', 'The call was cancelled.');
    this.asked.push(options);
    const { target } = this.found;
    const predicts = { id: 0, text: 'x', logit: 0, probability: 1 };
    const probability = target.probability * Math.exp(-fall);
    return { schema: 'visit.cause-check/1', components: options.components, value: target.measured - fall, probability, predicts };
  }
}

describe('An explanation', () => {
  let found: CauseCandidates;
  before(async () => {
    const pass = new FakePass();
    found = await findCandidates(pass, { position: pass.tokens.length - 1, target: null, causes: 3, tokens: 2 }, QUIET);
  });

  it('checks every candidate in a call of its own, for the token that the candidates are of', async () => {
    const engine = new CheckingEngine(found, Array<number>(99).fill(1));
    await explain(engine, PARAMS);
    assert.ok(found.candidates.length > 3);
    assert.deepEqual(
      engine.asked.map(({ components }) => components),
      found.candidates.map(({ components }) => components),
    );
    for (const { position, target } of engine.asked) assert.deepEqual([position, target], [found.position, { id: found.target.id }]);
  });

  it('tells each cause as soon as it has been checked, ranked among those before it, and null of one that is too weak', async () => {
    const told: CheckedCause[] = [];
    const falls = [1, 3, 2, 0.5, ...Array<number>(99).fill(0)];
    const { causes } = await explain(new CheckingEngine(found, falls), PARAMS, { onCause: (checked) => told.push(checked) });
    assert.equal(told.length, found.candidates.length);
    const ranks = told.map(({ soFar }) => soFar.causes.map(({ off }) => Number(off.measured.toFixed(3))));
    assert.deepEqual(ranks.slice(0, 4), [[1], [3, 1], [3, 2, 1], [3, 2, 1]]);
    assert.equal(told[2]?.cause?.off.predicts.text, 'x');
    assert.equal(told[3]?.cause, null);
    assert.deepEqual(
      causes.map(({ components }) => components),
      [1, 2, 0].map((i) => found.candidates[i]?.components),
    );
  });

  it('lists what speaks against the target apart from what speaks for it, the strongest first', async () => {
    const { causes, against } = await explain(new CheckingEngine(found, [-1, 1, 0.5, -5, ...Array<number>(99).fill(0)]), PARAMS);
    assert.deepEqual(
      causes.map(({ off }) => Number(off.measured.toFixed(3))),
      [1, 0.5],
    );
    assert.deepEqual(
      against.map(({ off }) => Number(off.measured.toFixed(3))),
      [-5, -1],
    );
  });

  it('ends where it is cancelled, with what was told by then', async () => {
    const told: CheckedCause[] = [];
    await assert.rejects(explain(new CheckingEngine(found, [1, 2]), PARAMS, { onCause: (checked) => told.push(checked) }), {
      code: 'cancelled',
    });
    assert.equal(told.length, 2);
  });
});
