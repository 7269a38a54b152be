import assert from 'node:assert/strict';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { fixtureNames, modelTypeOf, openFixture, patient, promptOf, relativeDifference } from './fixture';

/** Families of whose blocks some rotate, grow or see in another way than others, so that they run one after the other. */
const OF_SEVERAL_KINDS = ['cohere2', 'exaone4', 'exaone_moe', 'gemma3_text', 'llama4_text', 'ministral3', 'olmo3', 'smollm3'];

/** What float32 arithmetic in the same order may differ by where operators are fused in another way. */
const TOLERANCE = 1e-6;

describe('A small model, whose blocks run in one graph, comes to what they come to one after the other', () => {
  const separate: string[] = [];
  for (const name of fixtureNames) {
    it(name, async () => {
      const { checkpoint, pass, tokens } = await openFixture(name);
      const told: string[] = [];
      const context = { ...patient, report: ({ message }: { message: string }) => told.push(message) };
      const model = await LoadedModel.load(checkpoint, null, patient);
      const atOnce = await model.forward(promptOf(tokens), context);
      if (told.length > 0) separate.push(name);
      assert.equal(atOnce.stream.length, pass.stream.length);
      for (const [border, stream] of atOnce.stream.entries()) {
        const difference = relativeDifference(stream, pass.stream[border]);
        assert(difference <= TOLERANCE, `the stream at border ${border} differs by ${difference}`);
      }
      for (const key of ['embed', 'embedRaw', 'posEmbed'] as const) assert.deepEqual(atOnce[key], pass[key], key);
      await model.release();
    });
  }

  it('but where blocks are told different things of positions', () => {
    assert.deepEqual([...new Set(separate.map(modelTypeOf))].sort(), OF_SEVERAL_KINDS);
  });
});
