import assert from 'node:assert/strict';
import path from 'node:path';
import type { Quantity } from '../../../src/core/pass/gradients';
import type { InspectablePass } from '../../../src/core/pass/inspectable-pass';
import { dot, rowOf } from '../../../src/core/pass/vector';
import { parseComponent } from '../../../src/core/format/component';
import { runEdited } from '../../../src/engine/interventions/intervene';
import { ModelGraphs } from '../../../src/engine/onnx/model-graphs';
import { SessionPool } from '../../../src/engine/onnx/session-pool';
import { Weights } from '../../../src/engine/onnx/weights';
import { describeModel } from '../../../src/model/architecture/registry';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { fixtureFolders, openFixture, patient, promptOf, type Fixture } from '../fixture';

/** How far a step moves the quantity, by the gradient: enough to stand out of float32, little enough to be straight. */
const MOVES_BY = 0.01;
/** What curvature and rounding may add, of that. */
const TOLERANCE = 0.005;

/** One checkpoint of each kind of block, among them shared key/value heads, post-norms, soft-caps, windows and ALiBi. */
const CHECKPOINTS = ['trained', 'llama', 'gemma2', 'falcon-grouped', 'opt-350m', 'bloom', 'olmo'];

/** Components to be changed, and whether they are patched from another prompt or switched off. Sources without readers are of the position under study. */
const CASES: readonly (readonly [name: string, isPatched: boolean])[][] = [
  [
    ['blocks.0.attn.head.1', false],
    ['blocks.0.mlp.neuron.3', true],
  ],
  [
    ['blocks.1.attn', true],
    ['blocks.0.mlp', false],
  ],
  [
    ['blocks.1.attn.head.0.value.1', false],
    ['blocks.1.attn.head.1.value.2', true],
    ['blocks.1.mlp.neuron.5', false],
  ],
  [
    ['blocks.0.attn.head.0', true],
    ['blocks.0.attn.head.1.value.0', false],
    ['blocks.0.attn.head.0.value.2', false],
    ['blocks.1.mlp', true],
  ],
  [
    ['blocks.0.attn.head.1.value.1@1--1', false],
    ['blocks.1.attn.head.0.value.1@2,-1', true],
    ['blocks.1.attn.head.1@2', true],
    ['blocks.0.mlp.neuron.3@1-2', false],
  ],
];

for (const name of CHECKPOINTS) {
  describe(`Gradients of passes with interventions, on the ${name} checkpoint`, () => {
    let fixture: Fixture;
    let graphs: ModelGraphs;
    let other: InspectablePass;
    before(async () => {
      fixture = await openFixture(name);
      other = await fixture.loaded.forward(promptOf([...fixture.tokens].reverse().slice(1)), patient);
      const { spec, weights: tensors } = describeModel(await openCheckpoint(path.join(fixtureFolders.get(name)!, 'model')));
      const weights = new Weights(tensors);
      graphs = new ModelGraphs(spec, weights, new SessionPool(weights, { keep: true, threads: 1 }));
    });
    after(async () => {
      await graphs.release();
    });

    it('foretell what small steps of the stream do in the changed pass', async function () {
      const { loaded, pass, position } = fixture;
      const { dModel: d, nLayers } = pass.model;
      let worst = 0;
      for (const interventions of CASES) {
        const what = interventions.map(([component]) => component).join();
        const asked = interventions.map(([component, isPatched]) => ({
          component: parseComponent(component),
          from: isPatched ? other : null,
        }));
        const changed = await loaded.intervene(pass, asked, position, patient);
        const lowest = Math.min(...changed.edits.keys());
        // Read off where sources were changed, and after it, where they were read by others.
        for (const at of [position, pass.tokens.length - 1]) {
          const of: Quantity = { kind: 'difference', id: 1, against: 2 };
          const gradients = await loaded.backward(changed, { of, position: at }, patient);
          for (const border of [lowest, nLayers - 1]) {
            const gradient = gradients.stream[border];
            const direction = gradient.map((x, i) => (i % 2 === 0 ? x : 0));
            const step = direction.map((x) => (x * MOVES_BY) / dot(direction, gradient) / 2);
            const moved = async (sign: number): Promise<number> => {
              const stream = [...changed.stream];
              stream[border] = stream[border].map((x, i) => x + sign * step[i]);
              const above = new Map([...changed.edits].filter(([layer]) => layer >= border));
              const start = { tokens: changed.tokens, stream: stream.slice(0, border + 1) } as unknown as InspectablePass;
              const end = (await runFrom(graphs, start, border, above)).at(-1)!;
              const logits = await pass.logits(rowOf(end, at, d).slice());
              return logits[1] - logits[2];
            };
            const off = Math.abs((await moved(1)) - (await moved(-1)) - MOVES_BY) / MOVES_BY;
            assert.ok(off <= TOLERANCE, `${what}, read at ${at}: off by ${off} at border ${border}`);
            worst = Math.max(worst, off);
          }
        }
      }
      this.test!.title += ` (off by at most ${worst.toExponential(0)} of the step)`;
    });
  });
}

/** The streams from a border on, edited or not. */
async function runFrom(
  graphs: ModelGraphs,
  start: InspectablePass,
  border: number,
  edits: Parameters<typeof runEdited>[2],
): Promise<readonly Float32Array[]> {
  if (edits.has(border)) return runEdited(graphs, start, edits, patient);
  const T = start.tokens.length;
  const feeds = graphs.entering(border, 'run', start.stream[border], T);
  const results = await graphs.block(border, 'run', (run) => run(feeds));
  const next = { ...start, stream: [...start.stream, results.floats('resid_post')] };
  return border + 1 === graphs.spec.blocks.length ? next.stream : runFrom(graphs, next, border + 1, edits);
}
