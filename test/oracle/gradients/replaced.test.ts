import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { blockEffects } from '../../../src/core/analyse/effects/block-effects';
import { estimateGraphEffects } from '../../../src/core/analyse/effects/graph-effects';
import { buildFlowGraph } from '../../../src/core/build/build-flow-graph';
import { buildEffects } from '../../../src/core/insight/effects';
import { fixtureFolders, modelTypeOf, openFixture, patient, promptOf, relativeDifference } from '../fixture';
import { askedOf, type AskedOfHooks } from '../interventions/asked';

/** What make_replaced.py found with experts of a block replaced. */
interface Case {
  readonly interventions: readonly AskedOfHooks[];
  /** the logit */
  readonly value: number;
  /** [n,d] of each block: its gradient with the stream that enters */
  readonly pre: readonly (readonly number[])[];
  /** of each replaced expert, or neuron, at every position: what was put in its place, times the gradient */
  readonly effects: readonly (readonly number[])[];
}

interface Found {
  readonly question: {
    readonly tokens: readonly number[];
    readonly position: number;
    readonly target: number;
    readonly layer: number;
  };
  readonly found: Readonly<Record<string, Readonly<Record<string, Case>>>>;
}

const { question, found } = JSON.parse(readFileSync(path.join(__dirname, 'replaced.json'), 'utf8')) as Found;
const TOLERANCE = 1e-4;

describe('Gradients behind experts that are replaced', () => {
  for (const [name, cases] of Object.entries(found)) {
    it(`agree with torch’s autograd on the ${name} checkpoint, as do effects of what was put in their place`, async () => {
      assert.ok(fixtureFolders.has(name), modelTypeOf(name));
      const { loaded } = await openFixture(name);
      const { tokens, position, target, layer } = question;
      const ordinary = await loaded.forward(promptOf(tokens), patient);
      for (const [what, { interventions, value, pre, effects }] of Object.entries(cases)) {
        const asked = await askedOf(loaded, interventions, { length: tokens.length, studied: position });
        const pass = await loaded.intervene(ordinary, asked, position, patient);
        const differentiated = await pass.differentiate({ of: { kind: 'logit', id: target }, position }, { kind: 'zero' });
        assert.ok(Math.abs(differentiated.value - value) <= TOLERANCE, `${what}: ${differentiated.value} instead of ${value}`);
        const experts = asked.map(({ component }) => ('expert' in component ? component.expert : assert.fail(component.kind)));
        const neurons = asked.map(({ component }) => (component.kind === 'neuron' ? component.neuron : null));
        const largest = Math.max(...effects.flat().map(Math.abs));
        assert.ok(largest > TOLERANCE, `${what}: no effect is large enough to tell`);
        const within = TOLERANCE * Math.min(1, 10 * largest);
        const areWhole = neurons.every((neuron) => neuron === null);
        for await (const block of differentiated.blocks(0)) {
          const difference = relativeDifference(block.preGradient, Float32Array.from(pre[block.layer]));
          assert.ok(difference <= TOLERANCE, `${what}: the gradient at block ${block.layer} differs by ${difference}`);
          if (block.layer !== layer) continue;
          const { replacedExperts, neurons: ofNeurons } = blockEffects(block, pass);
          if (areWhole) assert.equal(replacedExperts.length, effects.flat().length);
          // A neuron whose expert is at work has its effect as any other; one of an expert that is not, as what is put in the place of that.
          for (const [i, neuron] of neurons.entries()) {
            for (const [at, expected] of effects[i].entries()) {
              const own = block.atWork?.(at).find(({ expert }) => expert === experts[i]);
              if (neuron === null) break;
              const instead = replacedExperts.find((each) => each.expert === experts[i] && each.position === at)?.effect ?? 0;
              const effect = own ? ofNeurons[at * (ofNeurons.length / (position + 1)) + own.first + neuron] : instead;
              assert.ok(
                Math.abs(effect - expected) <= within,
                `${what}: ${experts[i]}.${neuron} at ${at}: ${effect} instead of ${expected}`,
              );
            }
          }
          if (!areWhole) assert.ok(replacedExperts.length > 0, `${what}: every expert is at work`);
          for (const { expert, position: at, effect } of replacedExperts) {
            const expected = effects[experts.indexOf(expert)][at];
            assert.ok(Math.abs(effect - expected) <= within, `${what}: expert ${expert} at ${at}: ${effect} instead of ${expected}`);
          }
        }

        if (!areWhole) continue;
        const options = { position, target: { id: target }, measure: 'raw' as const, baseline: { kind: 'zero' as const } };
        const listed = await buildEffects(pass, { ...options, strongest: 100, kinds: ['expert'] }, patient);
        const layers = { from: layer, to: layer };
        const graphEffects = await estimateGraphEffects(pass, { ...options, target: { id: target, measure: 'raw' } }, layers, patient);
        const counts = { heads: 1, values: 1, top: 1, bottom: 1, tokens: 1 };
        const ofGraph = await buildFlowGraph(pass, { ...options, layers, counts, effects: graphEffects }, patient);
        for (const [i, expert] of experts.entries()) {
          const own = listed.strongest.filter((each) => each.layer === layer && each.expert === expert);
          assert.equal(own.length, position + 1, `${what}: expert ${expert} is listed once at every position`);
          for (const { position: at, estimated } of own) assert.ok(Math.abs((estimated ?? NaN) - effects[i][at]) <= TOLERANCE);
          const drawn = ofGraph.nodes.filter((node) => node.kind.startsWith('expert') && node.expert === expert);
          assert.equal(drawn.length, 2);
          for (const { id, effect } of drawn) {
            assert.ok(Math.abs((effect?.value ?? NaN) - effects[i][position]) <= TOLERANCE, `${what}: ${id} has ${effect?.value}`);
          }
        }
      }
    });
  }
});
