import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { buildFlowGraph } from '../../../src/core/build/build-flow-graph';
import { parseActivation } from '../../../src/core/format/component';
import { modelTypes } from '../../../src/model/architecture/registry';
import { assertBlockAddsUp, assertSharesAddUp, type LogitShape } from '../adding-up';
import { fixtureNames, maxDifference, modelTypeOf, openFixture, patient, promptOf, relativeDifference, type Fixture } from '../fixture';
import { askedOf, type AskedOfHooks } from './asked';
import { readSafetensors } from '../read-safetensors';

/** Relative to a tensor's largest value, as for ordinary passes. */
const TOLERANCE = 1e-4;
const COUNTS = { heads: 1, values: 1, top: 2, bottom: 2, tokens: 1 };

/** What make_interventions.py asked of a group of checkpoints, and which. */
interface Question {
  readonly folder: string;
  readonly names: readonly string[];
  readonly tokens: readonly number[];
  readonly position: number;
  readonly cases: readonly { readonly what: string; readonly interventions: readonly AskedOfHooks[] }[];
}

function question(group: string): Question {
  const folder = path.join(__dirname, group);
  const files = readdirSync(folder).filter((file) => file.endsWith('.safetensors'));
  const asked = JSON.parse(readFileSync(path.join(folder, 'question.json'), 'utf8')) as Omit<Question, 'folder' | 'names'>;
  return { folder, names: files.map((file) => path.basename(file, '.safetensors')), ...asked };
}

const HOOKED = question('families');
/** Components changed at some positions, sources at given readers, and means. */
const PLACED = question('positions');

/** Experts of mixtures, and their neurons. */
const EXPERTS = question('experts');
/** Experts that all tokens go through. */
const SHARED_EXPERTS = question('shared-experts');

const logitsOf = ({ pass, softCap }: Fixture): LogitShape => ({
  streamNormed: pass.streamNormed,
  ...(softCap !== undefined && { softCap }),
});

it('Hooks in transformers were asked of every family that the engine knows', () => {
  const covered = new Set(['gpt2', ...[...HOOKED.names, ...EXPERTS.names].map(modelTypeOf)]);
  assert.deepEqual(
    modelTypes.filter((modelType) => !covered.has(modelType)),
    [],
  );
});

const WHERE = new Map([
  [PLACED, ' at positions'],
  [SHARED_EXPERTS, ' in shared experts'],
]);
const ALL = [HOOKED, PLACED, EXPERTS, SHARED_EXPERTS].flatMap((asked) =>
  asked.names.map((name) => ({ name, ...asked, where: WHERE.get(asked) ?? '' })),
);
for (const { name, folder, tokens, position, cases, where } of ALL) {
  describe(`Interventions${where} on the ${name} checkpoint`, () => {
    let fixture: Fixture;
    before(async () => {
      fixture = await openFixture(name);
    });

    it('agree with hooks in transformers, and what is drawn sums up', async function () {
      const { loaded } = fixture;
      const ordinary = await loaded.forward(promptOf(tokens), patient);
      const last = ordinary.model.nLayers - 1;
      const d = ordinary.model.dModel;
      const expected = readSafetensors(path.join(folder, `${name}.safetensors`));
      const compared = new Set<string>();
      let largest = 0;
      for (const [i, { what, interventions }] of cases.entries()) {
        const asked = await askedOf(loaded, interventions, { length: tokens.length, studied: position });
        const pass = await loaded.intervene(ordinary, asked, position, patient);
        const compare = (key: string, actual: Float32Array, ordinarily: Float32Array) => {
          const reference = expected.get(`${i}.${key}`);
          assert(reference, `${i}.${key}`);
          compared.add(`${i}.${key}`);
          const difference = relativeDifference(actual, reference.data);
          assert(difference <= TOLERANCE, `${what}, ${key}: differs by ${difference}`);
          assert(relativeDifference(ordinarily, reference.data) > TOLERANCE, `${what}: changes nothing in ${key}`);
          largest = Math.max(largest, difference);
        };
        const first = Math.min(...asked.map(({ component }) => component.layer ?? 0));
        for (let layer = first; layer <= last; layer++)
          compare(`blocks.${layer}.hook_resid_post`, pass.stream[layer + 1], ordinary.stream[layer + 1]);
        const logits = ({ stream }: typeof pass) => pass.logits(stream[last + 1].subarray(position * d, (position + 1) * d));
        compare('logits', await logits(pass), await logits(ordinary));
        const [ofLogits, of] = [await logits(pass), { kind: 'difference', id: 1, against: 2 } as const];
        const measured = await loaded.measure(ordinary, asked, { of, position }, patient);
        assert(Math.abs(measured - (ofLogits[1] - ofLogits[2])) <= TOLERANCE * Math.max(...ofLogits.map(Math.abs)), `${what}: measured`);

        for (let layer = first; layer <= last; layer++) {
          for (const at of [position, 0, tokens.length - 1]) await assertBlockAddsUp(pass, layer, at, COUNTS);
        }
        const build = (target: number, against?: number) =>
          buildFlowGraph(
            pass,
            {
              layers: { from: 0, to: last },
              position,
              target: { id: target },
              counts: COUNTS,
              ...(against !== undefined && { against }),
            },
            patient,
          );
        const [one, two] = [await build(1), await build(2)];
        assertSharesAddUp(one, logitsOf(fixture), what);
        assertSharesAddUp(await build(1, 2), logitsOf(fixture), `${what}, difference`, [one, two]);
      }
      assert.deepEqual(
        [...expected.keys()].filter((key) => !compared.has(key)),
        [],
        'tensors that nothing was compared with',
      );
      this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
    });
  });
}

/** Everything that can be changed, once switched off and once patched from a prompt of another length. */
const CHANGES = [
  ['blocks.0.attn.head.0', 'blocks.1.mlp.neuron.3'],
  ['blocks.0.attn.head.1.value.1', 'blocks.1.mlp'],
  ['blocks.0.mlp', 'blocks.1.attn'],
];

for (const name of fixtureNames.filter((fixture) => ![...HOOKED.names, ...EXPERTS.names].includes(fixture))) {
  it(`Interventions on the ${name} checkpoint reach the layers above, and what is drawn sums up`, async () => {
    const fixture = await openFixture(name);
    const { loaded, pass } = fixture;
    const other = await loaded.forward(promptOf(fixture.tokens.slice(1)), patient);
    const last = pass.model.nLayers - 1;
    for (const names of CHANGES) {
      const components = names.map(parseActivation).filter((c) => !('head' in c) || c.head < pass.model.nHeads);
      for (const from of [null, other]) {
        const changed = await loaded.intervene(
          pass,
          components.map((component) => ({ component, from })),
          fixture.position,
          patient,
        );
        assert(maxDifference(changed.stream[2], pass.stream[2]) > TOLERANCE, `${names.join()} change nothing`);
        for (const layer of [0, 1]) await assertBlockAddsUp(changed, layer, fixture.position, COUNTS);
        const options = { layers: { from: 0, to: last }, position: fixture.position, target: { id: 1 }, counts: COUNTS };
        assertSharesAddUp(await buildFlowGraph(changed, options, patient), logitsOf(fixture), names.join());
      }
    }
  });
}
