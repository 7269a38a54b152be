import assert from 'node:assert/strict';
import { componentName, parseComponent } from '../../../src/core/format/component';
import { rowOf } from '../../../src/core/pass/vector';
import type { PassIntervention } from '../../../src/engine/interventions/intervene';
import { fixtureNames, openFixture, patient } from '../fixture';

/** Relative to the largest value of the final stream, and to the quantity. */
const TOLERANCE = 1e-5;

describe('Interventions that share a run', () => {
  for (const name of fixtureNames) {
    it(`change the ${name} checkpoint as each does alone`, async () => {
      const { loaded, pass, position } = await openFixture(name);
      const { nLayers, nHeads, dModel: d } = pass.model;
      const [top, middle, head] = [nLayers - 1, Math.floor(nLayers / 2), nHeads - 1];
      const isMixture = pass.model.experts?.layers.includes(0) ?? false;
      const other = await loaded.forward({ text: '', tokens: [...pass.tokens].reverse() }, patient);
      const names = [
        // The lowest block is neither first nor alone, so that copies join a run that has begun, and their order is not that of the blocks.
        `blocks.${top}.attn.head.0`,
        `blocks.0.attn.head.${head}@0`,
        'blocks.0.attn.head.0.value.0',
        `blocks.${middle}.mlp@${position}`,
        ...(isMixture ? ['blocks.0.mlp.expert.0', 'blocks.0.mlp.expert.1.neuron.1'] : ['blocks.0.mlp.neuron.1']),
        `blocks.${top}.attn@${position}`,
        `blocks.${top}.attn.head.${head}.value.1@${position}`,
        'blocks.0.mlp',
      ];
      const changes = names.flatMap((name): PassIntervention[] => {
        const component = parseComponent(name);
        // What experts and their neurons are on another prompt is refused.
        const isOfExpert = component.kind === 'expert' || (component.kind === 'neuron' && component.expert !== undefined);
        return (isOfExpert ? [null] : [null, other]).map((from) => ({ component, from }));
      });
      const at = { of: { kind: 'logit', id: 1 }, position } as const;
      const { ordinary, changed } = await loaded.measureEach(pass, changes, at, patient);
      let moved = 0;
      for (const [i, change] of changes.entries()) {
        const alone = rowOf((await loaded.intervene(pass, [change], position, patient)).stream[nLayers], position, d);
        const size = alone.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
        const off = alone.reduce((largest, x, c) => Math.max(largest, Math.abs(x - changed[i].final[c])), 0);
        const what = `${componentName(change.component)}, ${change.from ? 'patched' : 'off'}`;
        assert.ok(off <= TOLERANCE * size, `${what}: the final stream differs by ${off / size}`);
        const value = await loaded.measure(pass, [change], at, patient);
        assert.ok(
          Math.abs(changed[i].value - value) <= TOLERANCE * Math.max(1, Math.abs(value)),
          `${what}: ${changed[i].value}, not ${value}`,
        );
        if (Math.abs(value - ordinary.value) > 1e-4) moved++;
      }
      assert.ok(moved > changes.length / 4, `only ${moved} of ${changes.length} changes change anything`);
    });
  }
});
