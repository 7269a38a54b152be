import assert from 'node:assert/strict';
import type { CauseCandidate, CauseCandidates } from '../../../../src/core/insight/cause-candidates';
import { explanationOf, type Explanation } from '../../../../src/core/insight/explanation';
import { tokenInWords } from '../../../../src/core/present/token-words';
import { causeInWords, causeOffInWords, explanationText } from '../../../../src/core/present/cause-words';

const TOKEN = { id: 7, text: ' Tokyo', logit: 13, probability: 0.85 };

/** What is predicted, how far without each part, and what has been found of them. */
function explained(
  parts: readonly (Partial<CauseCandidate> & { readonly left: number; readonly fall?: number })[],
  probability = 0.85,
): Explanation {
  const candidates = parts.map((part, i): CauseCandidate => ({
    kind: 'mlp',
    layer: i,
    position: 3,
    heads: [],
    neurons: [],
    components: [`blocks.${i}.mlp@3`],
    writes: [TOKEN],
    estimated: 1,
    ...part,
  }));
  const found = {
    schema: 'visit.cause-candidates/1',
    model: {},
    prompt: 'a b c d',
    tokens: ['a', ' b', ' c', ' d'].map((text, id) => ({ id, text, start: 0, end: 1 })),
    position: 3,
    target: { ...TOKEN, probability, rank: 1, chosen: 'prediction', measure: 'centred', measured: 13 },
    effects: { of: 'centred', value: 13, baseline: 'zero', first: 0 },
    wanted: 5,
    candidates,
    hops: [],
  } as unknown as CauseCandidates;
  const checks = parts.map(({ left, fall = 1 }, i) => ({
    schema: 'visit.cause-check/1' as const,
    components: candidates[i]?.components ?? [],
    value: 13 - fall,
    probability: left,
    predicts: TOKEN,
  }));
  return explanationOf(found, checks);
}

const layersOf = (causes: Explanation['causes']): readonly number[] => causes.map(({ layer }) => layer);

describe('The causes of a prediction', () => {
  it('are ranked by the probability that is left without them', () => {
    assert.deepEqual(layersOf(explained([{ left: 0.7, fall: 9 }, { left: 0.03 }, { left: 0.3 }]).causes), [1, 2, 0]);
  });

  it('do not have what raises the probability when it is off: that speaks against the target, and stands apart', () => {
    const told = explained([{ left: 0.03 }, { left: 0.95 }, { left: 0.86 }]);
    assert.deepEqual(layersOf(told.causes), [0]);
    assert.deepEqual(layersOf(told.against), [1]);
    assert.match(explanationText(told), /\nSpeaks against ‘·Tokyo’:\n- Feed-forward layer 1 .* Off: 85.% → 95.%$/);
  });

  it('have neurons in place of their feed-forward layer where they do most of what it does, and beside it where they do not', () => {
    const neurons = {
      kind: 'neurons',
      layer: 0,
      neurons: [{ layer: 0, neuron: 5, estimated: 1 }],
      components: ['blocks.0.mlp.neuron.5@3'],
    } as const;
    assert.deepEqual(
      explained([
        { ...neurons, left: 0.03 },
        { layer: 0, left: 0.02 },
      ]).causes.map(({ kind }) => kind),
      ['mlp'],
    );
    assert.deepEqual(
      explained([
        { ...neurons, left: 0.02 },
        { layer: 0, left: 0.03 },
      ]).causes.map(({ kind }) => kind),
      ['neurons'],
    );
    const other = { ...neurons, neurons: [...neurons.neurons, { layer: 4, neuron: 1, estimated: 1 }] };
    assert.equal(
      explained([
        { ...other, left: 0.5 },
        { layer: 0, left: 0.02 },
      ]).causes.length,
      2,
    );
  });

  it('name neurons by their layers, from the first on, never as figures with a point', () => {
    const named = (neurons: readonly { layer: number; neuron: number; expert?: number }[]): string => {
      const [cause] = explained([{ kind: 'neurons', neurons: neurons.map((one) => ({ ...one, estimated: 1 })), left: 0.02 }]).causes;
      assert.ok(cause);
      return causeInWords(cause, explained([{ left: 0.03 }]));
    };
    const several = [
      { layer: 3, neuron: 720 },
      { layer: 0, neuron: 442 },
      { layer: 0, neuron: 85 },
      { layer: 1, expert: 5, neuron: 7 },
    ];
    assert.match(named(several), /^Layer 0 neurons 442 and 85, layer 1 expert 5 neuron 7 and layer 3 neuron 720 together write ‘/);
    assert.match(named([{ layer: 3, neuron: 720 }]), /^Layer 3 neuron 720 writes ‘/);
  });

  it('have the story’s strongest read in the last place where others are stronger, but not where it speaks against the target', () => {
    const strong = [0.1, 0.2, 0.3, 0.4, 0.5].map((left) => ({ left }));
    assert.deepEqual(layersOf(explained([...strong, { left: 0.7, strongestRead: true }]).causes), [0, 1, 2, 3, 5]);
    assert.deepEqual(layersOf(explained([...strong, { left: 0.9, strongestRead: true }]).causes), [0, 1, 2, 3, 4]);
  });

  it('say what the logit does where the probability is near 0 or 1, and whether others make up for it', () => {
    const off = (left: number, fall: number, probability: number, estimated = 1): string => {
      const told = explained([{ left, fall, estimated }], probability);
      const [cause] = [...told.causes, ...told.against];
      assert.ok(cause);
      return causeOffInWords(cause, told).replaceAll('\u00a0', ' ');
    };
    assert.equal(off(0.9979, 2.1, 0.9999), 'Off: still 100 %; its logit falls by 2.1, relative to the average token.');
    assert.equal(off(1e-7, 2.1, 1e-6), 'Off: still less than 0.01 %; its logit falls by 2.1, relative to the average token.');
    assert.equal(off(0.0004, 2.1, 0.002), 'Off: 0.2 % → 0.04 %');
    assert.equal(off(0.849, 0.01, 0.85), 'Off: no change, the rest makes up for it.');
    assert.equal(off(0.849, 0.01, 0.85, 0.01), 'Off: no change.');
  });

  it('name which of several tokens that are the same is meant', () => {
    const tokens = [' John', ' and', ' John'].map((text, id) => ({ id, text, start: 0, end: 1 }));
    assert.deepEqual(
      tokens.map((_, i) => tokenInWords(tokens, i)),
      ['token 1 ‘·John’', '‘·and’', 'token 3 ‘·John’'],
    );
  });
});
