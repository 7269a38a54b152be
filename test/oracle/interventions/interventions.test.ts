import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildFlowGraph } from '../../../src/core/build/build-flow-graph';
import { componentNodeId, parseActivation } from '../../../src/core/format/component';
import type { Quantity } from '../../../src/core/pass/gradients';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import type { PassIntervention } from '../../../src/engine/interventions/intervene';
import type { ForwardPass } from '../../../src/engine/runtime/forward-pass';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { rejects } from '../../support/rejects';
import { assertBlockAddsUp, assertSharesAddUp } from '../adding-up';
import { fixtureFolders, maxDifference, openFixture, patient, promptOf, type Fixture } from '../fixture';
import { readSafetensors, type ExpectedTensor } from '../read-safetensors';

const TOLERANCE = 1e-4;
const COUNTS = { heads: 2, values: 1, top: 3, bottom: 2, tokens: 2 };

interface Case {
  readonly what: string;
  readonly interventions: readonly { readonly component: string; readonly tokens: readonly number[] | null }[];
}
const { tokens, position, cases } = JSON.parse(readFileSync(path.join(__dirname, 'interventions.json'), 'utf8')) as {
  tokens: number[];
  position: number;
  cases: Case[];
};

describe('A pass with interventions', () => {
  let fixture: Fixture;
  let ordinary: ForwardPass;
  let expected: ReadonlyMap<string, ExpectedTensor>;

  before(async () => {
    fixture = await openFixture('trained');
    expected = readSafetensors(path.join(__dirname, 'expected.safetensors'));
    ordinary = await fixture.loaded.forward(promptOf(tokens), patient);
  });

  async function run({ interventions }: Case): Promise<ForwardPass> {
    const asked: PassIntervention[] = [];
    for (const { component, tokens: other } of interventions) {
      asked.push({ component: parseActivation(component), from: other && (await fixture.loaded.forward(promptOf(other), patient)) });
    }
    return fixture.loaded.intervene(ordinary, asked, position, patient);
  }

  cases.forEach((asked, i) => {
    it(`agrees with hooks in transformers: ${asked.what}`, async function () {
      const pass = await run(asked);
      let [largest, compared] = [0, 0];
      for await (const { name, tensor } of fixture.loaded.trace(pass, patient)) {
        const reference = expected.get(`${i}.${name}`);
        if (!reference) continue;
        compared++;
        const difference = maxDifference(tensor.data, reference.data);
        assert(difference <= TOLERANCE, `${name} differs by ${difference}`);
        largest = Math.max(largest, difference);
        const border = /^blocks\.(\d+)\.hook_resid_post$/.exec(name);
        if (border) assert(maxDifference(pass.stream[Number(border[1]) + 1], reference.data) <= TOLERANCE, `stream behind ${name}`);
      }
      assert.equal(compared, 3 * 4 + 1);
      this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
    });

    it(`adds up in every sum, at every position: ${asked.what}`, async () => {
      const pass = await run(asked);
      for (const p of [position, 0, tokens.length - 1]) {
        for (let layer = 0; layer < pass.model.nLayers; layer++) await assertBlockAddsUp(pass, layer, p, COUNTS);
      }
    });

    it(`is drawn with what was changed, marked, and shares that sum to the logit: ${asked.what}`, async () => {
      const pass = await run(asked);
      const graph = await buildFlowGraph(
        pass,
        { layers: { from: 0, to: 2 }, position, counts: COUNTS, target: { id: 17 }, against: 3 },
        patient,
      );
      assertSharesAddUp(graph, pass, asked.what);
      assert.deepEqual(
        graph.interventions?.map(({ component }) => component),
        asked.interventions.map(({ component }) => component),
      );
      for (const { component, tokens: other } of asked.interventions) {
        const node = graph.nodes.find(({ id }) => id === componentNodeId(parseActivation(component)));
        if (asked.what.includes('does not have')) {
          assert.equal(node?.intervention, undefined);
          continue;
        }
        assert(node, component);
        assert.equal(node.intervention, other ? 'patch' : 'zero');
        // Adding zeros may leave a zero negative.
        if (other === null) assert(Math.abs(node.share ?? NaN) === 0, `${component} is off and brings ${node.share}`);
      }
    });
  });

  it('shares the streams below the first block that is intervened on with the ordinary pass', async () => {
    const pass = await run(cases.find(({ interventions }) => interventions.every(({ component }) => component.startsWith('blocks.2')))!);
    assert.equal(pass.stream[2], ordinary.stream[2]);
    assert.notEqual(pass.stream[3], ordinary.stream[3]);
  });

  it('leaves what a shorter prompt has no partner for as it was', async () => {
    const pass = await run(cases.find(({ what }) => what.includes('does not have'))!);
    assert(maxDifference(pass.stream[3], ordinary.stream[3]) <= 1e-5);
  });

  it('looks into a block while it runs in the same way', async () => {
    for (const asked of cases) {
      const pass = await run(asked);
      for (const p of [position, tokens.length - 1]) {
        const [summary, state] = [await pass.summary(1, p), await pass.block(1, p)];
        const d = state.residPre.length;
        assert(maxDifference(summary.attention.out.subarray(-d), state.attention.out) <= TOLERANCE, asked.what);
        assert(maxDifference(summary.mlp.out.subarray(-d), state.mlp.out) <= TOLERANCE, asked.what);
      }
    }
  });

  const OWN = ['blocks.1.attn.head.2', 'blocks.1.attn.head.0.value.3', 'blocks.1.mlp.neuron.5', 'blocks.1.attn', 'blocks.1.mlp'];
  const off = (...names: string[]): PassIntervention[] => names.map((name) => ({ component: parseActivation(name), from: null }));
  const patch = (from: ForwardPass, ...names: string[]): PassIntervention[] =>
    names.map((name) => ({ component: parseActivation(name), from }));
  const change = (asked: readonly PassIntervention[], at = position) => fixture.loaded.intervene(ordinary, asked, at, patient);
  const assertAlike = (a: ForwardPass, b: ForwardPass, what: string) =>
    a.stream.forEach((stream, layer) => assert(maxDifference(stream, b.stream[layer]) <= 1e-5, `${what}: stream ${layer}`));

  it('is the ordinary one where components are patched from the prompt itself', async () => {
    for (const name of OWN) assertAlike(await change(patch(ordinary, name)), ordinary, name);
    assertAlike(await change(patch(ordinary, ...OWN)), ordinary, 'all at once');
  });

  it('takes what contains another for the whole, in whatever order they come', async () => {
    const source = await fixture.loaded.forward(promptOf([7, 8, 21, 30, 7, 8, 21, 30, 7, 8, 21, 30, 7]), patient);
    const pairs = [
      ['blocks.1.attn', 'blocks.1.attn.head.2'],
      ['blocks.1.attn', 'blocks.1.attn.head.2.value.3'],
      ['blocks.1.attn.head.2', 'blocks.1.attn.head.2.value.3'],
      ['blocks.1.mlp', 'blocks.1.mlp.neuron.5'],
    ];
    for (const [whole, part] of pairs) {
      for (const asWhole of [off(whole), patch(source, whole)]) {
        const alone = await change(asWhole);
        assert(maxDifference(alone.stream[2], ordinary.stream[2]) > 1e-3, whole);
        for (const asPart of [off(part), patch(source, part)]) {
          for (const both of [
            [...asWhole, ...asPart],
            [...asPart, ...asWhole],
          ]) {
            const changed = await change(both);
            assertAlike(changed, alone, `${whole} with ${part}`);
            await assertBlockAddsUp(changed, 1, position, COUNTS);
          }
        }
      }
    }
  });

  it('changes a source at the position under study alone, be it the first, the last or one between', async () => {
    const d = ordinary.model.dModel;
    for (const at of [0, 4, tokens.length - 1]) {
      const { pattern } = (await ordinary.block(1, at)).attention;
      const ofFirstHead = Array.from(pattern.subarray(0, at + 1));
      const changed = await change(off(`blocks.1.attn.head.0.value.${ofFirstHead.indexOf(Math.max(...ofFirstHead))}`), at);
      const [before, after] = [ordinary.stream[2], changed.stream[2]];
      assert(maxDifference(before.subarray(0, at * d), after.subarray(0, at * d)) <= TOLERANCE);
      assert(maxDifference(before.subarray(at * d, (at + 1) * d), after.subarray(at * d, (at + 1) * d)) > TOLERANCE);
      assert(maxDifference(before.subarray((at + 1) * d), after.subarray((at + 1) * d)) <= TOLERANCE);
      await assertBlockAddsUp(changed, 1, at, COUNTS);
    }
  });

  it('takes from a prompt of one token what there is: the last position', async () => {
    const one = await fixture.loaded.forward(promptOf([9]), patient);
    const d = ordinary.model.dModel;
    const before = (tokens.length - 1) * d;
    const changed = await change(
      patch(one, 'blocks.1.attn.head.2', 'blocks.1.mlp', 'blocks.2.mlp.neuron.5', 'blocks.2.attn.head.0.value.3'),
    );
    changed.stream.forEach((stream, layer) =>
      assert(maxDifference(stream.subarray(0, before), ordinary.stream[layer].subarray(0, before)) <= 1e-5),
    );
    assert(maxDifference(changed.stream[2].subarray(before), ordinary.stream[2].subarray(before)) > 1e-3);
    for (const layer of [1, 2]) await assertBlockAddsUp(changed, layer, tokens.length - 1, COUNTS);
  });

  it('leaves the positions that are not named as they are, in the block and below them', async () => {
    const d = ordinary.model.dModel;
    for (const name of [
      'blocks.1.attn.head.2@4',
      'blocks.1.mlp.neuron.5@4',
      'blocks.1.attn@4',
      'blocks.1.mlp@4',
      'blocks.1.attn.head.0.value.4@4',
    ]) {
      const changed = await change(off(name));
      for (const [layer, stream] of changed.stream.entries()) {
        assert(maxDifference(stream.subarray(0, 4 * d), ordinary.stream[layer].subarray(0, 4 * d)) <= 1e-5, `${name}: before it`);
      }
      const rows = (pass: ForwardPass, from: number, to?: number) => pass.stream[2].subarray(from * d, to && to * d);
      assert(maxDifference(rows(changed, 5), rows(ordinary, 5)) <= 1e-5, `${name}: after it, in the same block`);
      assert(maxDifference(rows(changed, 4, 5), rows(ordinary, 4, 5)) > TOLERANCE, name);
      assert.equal((await changed.block(1, 5)).changed, undefined);
      assert.equal((await changed.block(1, 4)).changed?.length, 1);
    }
  });

  it('records where components were changed, and over how many prompts a mean was taken', async () => {
    const prompt = { length: tokens.length, studied: position };
    const lists = { prompts: [tokens, tokens.slice(-2)].map(promptOf), fingerprint: 'two prompts' };
    const mean = parseActivation('blocks.1.mlp');
    const source = parseActivation('blocks.1.attn.head.0.value.3');
    const means = await fixture.loaded.means(lists, [mean, source], prompt, patient);
    const short = await fixture.loaded.forward(promptOf([9, 12]), patient);
    const changed = await change([
      { component: mean, from: means },
      { component: source, from: means },
      ...off('blocks.2.attn.head.1@-1,2-3', 'blocks.2.mlp'),
      ...patch(short, 'blocks.0.attn'),
    ]);
    const last = tokens.length - 1;
    assert.deepEqual(changed.interventions, [
      { mode: 'mean', component: 'blocks.1.mlp', prompts: 2, fewest: 1, fingerprint: 'two prompts' },
      { mode: 'mean', component: 'blocks.1.attn.head.0.value.3', positions: [position], prompts: 2, fewest: 1, fingerprint: 'two prompts' },
      { mode: 'zero', component: 'blocks.2.attn.head.1@-1,2-3', positions: [2, 3, last] },
      { mode: 'zero', component: 'blocks.2.mlp' },
      { mode: 'patch', component: 'blocks.0.attn', positions: [last - 1, last], prompt: '' },
    ]);
  });

  it('is the ordinary one where a component is set to its mean over the prompt alone', async () => {
    const list = { prompts: [promptOf(tokens)], fingerprint: '' };
    const components = OWN.map(parseActivation);
    const means = await fixture.loaded.means(list, components, { length: tokens.length, studied: position }, patient);
    for (const component of components) assertAlike(await change([{ component, from: means }]), ordinary, component.kind);
  });

  it('can be of one token', async () => {
    const one = await fixture.loaded.forward(promptOf([9]), patient);
    const source = parseActivation('blocks.1.attn.head.0.value.0@-1');
    const list = { prompts: [promptOf([12]), promptOf(tokens)], fingerprint: '' };
    const means = await fixture.loaded.means(list, [source], { length: 1, studied: 0 }, patient);
    const changed = await fixture.loaded.intervene(one, [...off('blocks.0.mlp@0'), { component: source, from: means }], 0, patient);
    assert(maxDifference(changed.stream[3], one.stream[3]) > 1e-3);
    for (const layer of [0, 1, 2]) await assertBlockAddsUp(changed, layer, 0, COUNTS);
    await rejects(fixture.loaded.intervene(one, off('blocks.0.mlp@1'), 0, patient), 'position-out-of-range');
  });

  it('is measured as it is computed whole, wherever the quantity is read off', async () => {
    const asked = off('blocks.1.attn.head.2@3', 'blocks.2.attn.head.0.value.2', 'blocks.2.mlp.neuron.5');
    for (const at of [3, position, tokens.length - 1]) {
      const measure = (of: Quantity) => fixture.loaded.measure(ordinary, asked, { of, position: at }, patient);
      const changed = await change(asked, at);
      const logits = await changed.logits(changed.stream[3].slice(at * ordinary.model.dModel, (at + 1) * ordinary.model.dModel));
      const mean = logits.reduce((sum, x) => sum + x, 0) / logits.length;
      const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
      const found = await Promise.all([
        measure({ kind: 'logit', id: 5 }),
        measure({ kind: 'difference', id: 5, against: 6 }),
        measure({ kind: 'centred-logit', id: 5 }),
        measure({ kind: 'log-probability', id: 5 }),
      ]);
      const expected = [logits[5], logits[5] - logits[6], logits[5] - mean, logits[5] - total];
      found.forEach((value, i) => assert(Math.abs(value - expected[i]) <= TOLERANCE, `${value} for ${expected[i]} at ${at}`));
    }
    await rejects(
      fixture.loaded.measure(ordinary, asked, { of: { kind: 'logit', id: 5 }, position: 99 }, patient),
      'position-out-of-range',
    );
  });

  it('takes a mean one prompt at a time, reports each, and stops when it is cancelled', async () => {
    const list = { prompts: [tokens, tokens, tokens].map(promptOf), fingerprint: '' };
    const messages: string[] = [];
    const signal = { aborted: false };
    const report = ({ message }: { message: string }) => {
      messages.push(message);
      signal.aborted = message.includes('2 of 3');
    };
    const mean = fixture.loaded.means(list, [parseActivation('blocks.1.mlp')], { length: 3, studied: 2 }, { signal, report });
    await rejects(mean, 'cancelled');
    assert.deepEqual(messages, ['Mean: prompt 1 of 3', 'Mean: prompt 2 of 3']);
  });

  it('refuses values that are not finite, instead of a pass that is nowhere a number', async () => {
    const stream = ordinary.stream.map((border) => border.slice().fill(NaN));
    const damaged = Object.create(ordinary, { stream: { value: stream } }) as ForwardPass;
    await rejects(change(patch(damaged, 'blocks.1.attn.head.2@4')), 'weights-invalid', /value of head 2 of layer 1 at position 4/);
    const folder = mkdtempSync(path.join(tmpdir(), 'visit-damaged-'));
    try {
      cpSync(path.join(fixtureFolders.get('trained')!, 'model'), folder, { recursive: true });
      const file = path.join(folder, 'model.safetensors');
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0xff, 8 + Number(bytes.readBigUInt64LE(0))));
      const loaded = await LoadedModel.load(await openCheckpoint(folder), null, patient);
      const list = { prompts: [promptOf(tokens)], fingerprint: '' };
      const mean = loaded.means(list, [parseActivation('blocks.0.mlp')], { length: 3, studied: 2 }, patient);
      await rejects(mean, 'weights-invalid', /mean of feed-forward layer 0/);
      await loaded.release();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('needs no layer above the one that is changed', async () => {
    const checkpoint = await openCheckpoint(path.join(fixtureFolders.get('trained')!, 'model'));
    const loaded = await LoadedModel.load({ ...checkpoint, config: { ...checkpoint.config, n_layer: 1 } }, null, patient);
    try {
      const pass = await loaded.forward(promptOf(tokens), patient);
      assert.equal(pass.stream.length, 2);
      const other = await loaded.forward(promptOf(tokens.slice(1)), patient);
      for (const asked of [
        off('blocks.0.attn'),
        [...off('blocks.0.mlp.neuron.3', 'blocks.0.attn.head.1.value.2'), ...patch(other, 'blocks.0.attn.head.0')],
      ]) {
        const changed = await loaded.intervene(pass, asked, position, patient);
        assert(maxDifference(changed.stream[1], pass.stream[1]) > 1e-3);
        await assertBlockAddsUp(changed, 0, position, COUNTS);
        const graph = await buildFlowGraph(changed, { layers: { from: 0, to: 0 }, position, counts: COUNTS, target: { id: 17 } }, patient);
        assertSharesAddUp(graph, changed, 'one layer');
      }
    } finally {
      await loaded.release();
    }
  });
});
