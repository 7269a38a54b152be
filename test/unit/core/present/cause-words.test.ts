import assert from 'node:assert/strict';
import type { CauseCandidate } from '../../../../src/core/insight/cause-candidates';
import { causeInWords } from '../../../../src/core/present/cause-words';

const TOKENS = ['The', ' city'].map((text, id) => ({ id, text, start: 0, end: 0 }));
const WRITES = [{ id: 7, text: ' Tokyo', logit: 1, probability: 0.5 }];

/** A cause that is made of neurons, at the position under study. */
const neurons = (...of: Omit<CauseCandidate['neurons'][number], 'estimated'>[]): CauseCandidate => ({
  kind: 'neurons',
  layer: 0,
  position: 1,
  heads: [],
  neurons: of.map((neuron) => ({ ...neuron, estimated: 1 })),
  components: [],
  writes: WRITES,
  estimated: 1,
});

describe('A cause in words', () => {
  const said = (cause: CauseCandidate) => causeInWords(cause, { tokens: TOKENS, position: 1 });

  it('names neurons of dense layers by layer and number', () => {
    assert.equal(
      said(neurons({ layer: 3, neuron: 10 }, { layer: 4, neuron: 5 })),
      'Layer 3 neuron 10 and layer 4 neuron 5 together write ‘·Tokyo’.',
    );
    assert.equal(said(neurons({ layer: 3, neuron: 10 })), 'Layer 3 neuron 10 writes ‘·Tokyo’.');
  });

  it('says of neurons of experts whose they are, as three numbers in a row would say nothing', () => {
    assert.equal(said(neurons({ layer: 0, expert: 4, neuron: 10 })), 'Layer 0 expert 4 neuron 10 writes ‘·Tokyo’.');
    assert.equal(
      said(neurons({ layer: 0, expert: 4, neuron: 10 }, { layer: 1, expert: 'shared', neuron: 5 }, { layer: 2, neuron: 6 })),
      'Layer 0 expert 4 neuron 10, layer 1 shared expert neuron 5 and layer 2 neuron 6 together write ‘·Tokyo’.',
    );
  });
});
