import assert from 'node:assert/strict';
import { comparePasses } from '../../src/core/compare/compare-passes';
import type { ComparedPass } from '../../src/core/compare/contrast';
import { whatChanged } from '../../src/core/compare/what-changed';
import type { InspectablePass } from '../../src/core/pass/inspectable-pass';
import { DEFAULT_COUNTS } from '../../src/core/format/default-counts';
import { rowOf } from '../../src/core/pass/vector';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';
import { openEmbeddedModel, patient } from './embedded-model';

describe('Two country prompts of the embedded model, compared', () => {
  let model: LoadedModel;
  let tokenizer: PromptTokenizer;
  before(async () => {
    ({ model, tokenizer } = await openEmbeddedModel());
  });
  after(() => model.release());

  async function side(text: string): Promise<ComparedPass> {
    const tokens = tokenizer.tokenize(text);
    return { pass: await model.forward({ text, tokens }, patient), options: { position: tokens.length - 1, target: null } };
  }

  /** The heads that look at the country on both sides: found from the blocks alone, without anything that the comparison uses. */
  async function movers(left: InspectablePass, right: InspectablePass, country: number): Promise<string[]> {
    const { nLayers, nHeads } = model.info;
    const found: string[] = [];
    for (let layer = 0; layer < nLayers; layer++) {
      const [l, r] = [await left.block(layer, left.tokens.length - 1), await right.block(layer, right.tokens.length - 1)];
      for (let head = 0; head < nHeads; head++) {
        const looks = ({ attention: { pattern } }: typeof l): boolean => rowOf(pattern, head, pattern.length / nHeads)[country] > 0.5;
        if (looks(l) && looks(r)) found.push(`blocks.${layer}.attn.head.${head}`);
      }
    }
    return found;
  }

  for (const [one, other] of [
    ['Japan', 'France'],
    ['Italy', 'Egypt'],
  ]) {
    it(`names the heads that move ${one} and ${other} to the last position first`, async () => {
      const prompt = (country: string): string => `The capital of ${country} is the city of`;
      const [left, right] = [await side(prompt(one)), await side(prompt(other))];
      const country = left.pass.tokens.findIndex(({ text }) => text === ` ${one}`);
      assert.equal(right.pass.tokens[country]?.text, ` ${other}`);
      const moving = await movers(left.pass, right.pass, country);
      const shared = { layers: { from: 0, to: model.info.nLayers - 1 }, counts: { ...DEFAULT_COUNTS, tokens: 3 }, targets: 'own' } as const;
      const comparison = await comparePasses({ left, right }, shared, patient);
      const rows = whatChanged(comparison).slice(0, 10);
      const named = rows.filter(({ id }) => moving.some((head) => id === head || id === `${head}.value.${country}`));
      assert.equal(rows[0], named[0], `${rows[0].id} comes first, and does not look at the country`);
      assert.ok(named.length >= 5, `only ${named.length} of the first ten move the country:\n${rows.map(({ id }) => id).join('\n')}`);
      assert.ok((rows[0].change.contrast ?? 0) > 0, 'what comes first drives the predictions apart');
    });
  }

  it('finds exactly no change between a prompt and itself', async () => {
    const prompt = 'The capital of Japan is the city of';
    const shared = { layers: null, counts: { ...DEFAULT_COUNTS, tokens: 3 }, targets: 'own' } as const;
    const comparison = await comparePasses({ left: await side(prompt), right: await side(prompt) }, shared, patient);
    assert.deepEqual(comparison.left, comparison.right);
    for (const measure of ['contrast', 'rank', 'logit', 'norm', 'attention', 'coefficient', 'distance', 'overlap'] as const) {
      assert.deepEqual(whatChanged(comparison, measure, true), [], measure);
    }
  });

  it('mirrors exactly when the sides are swapped, with prompts of different length', async () => {
    const [a, b] = [await side('The capital of Japan is the city of'), await side('In Brazil, people speak')];
    const shared = { layers: { from: 3, to: 3 }, counts: { ...DEFAULT_COUNTS, tokens: 3 }, targets: 'own' } as const;
    const [there, back] = [
      await comparePasses({ left: a, right: b }, shared, patient),
      await comparePasses({ left: b, right: a }, shared, patient),
    ];
    assert.deepEqual([back.left, back.right], [there.right, there.left]);
    assert.deepEqual(
      back.alignment,
      there.alignment.map(([l, r]) => [r, l]),
    );
    assert.deepEqual(back.parting, there.parting);
    assert.deepEqual([-back.contrast.left, -back.contrast.right], [there.contrast.right, there.contrast.left]);
  });
});
