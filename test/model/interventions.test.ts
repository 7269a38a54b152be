import assert from 'node:assert/strict';
import type { Component } from '../../src/core/format/component';
import type { InspectablePass } from '../../src/core/pass/inspectable-pass';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';
import { openEmbeddedModel, patient, published } from './embedded-model';

/** Heads that `models/train/probe.py` found to speak for the indirect object, strongest first. */
const heads = (published('readable.json') as { 'name movers': { head?: string }[] })['name movers'].flatMap(({ head }): Component[] => {
  if (head === undefined) return [];
  const [layer, index] = head.split('.').map(Number);
  return [{ kind: 'head', layer, head: index }];
});

/** Prompts such as "After Amy and Helen met at the hospital, Helen decided to sell the pen to". */
const prompts = (published('grading-sample.json') as { rows: { category: string; prompt: string; answer: string }[] }).rows
  .filter(({ category, prompt }) => category === 'indirect object' && /^\w+ \w+ and \w+ /.test(prompt))
  .slice(0, 12);

describe('What is known of the embedded model changes as it should when it is changed', () => {
  let model: LoadedModel;
  let tokenizer: PromptTokenizer;
  before(async () => {
    ({ model, tokenizer } = await openEmbeddedModel());
    assert.ok(prompts.length >= 5 && heads.length > 0);
  });
  after(() => model.release());

  const forward = (text: string) => model.forward({ text, tokens: tokenizer.tokenize(text) }, patient);
  const idOf = (text: string): number => {
    const match = tokenizer.findToken(text);
    assert.equal(match.kind, 'one', text);
    return match.kind === 'one' ? match.token.id : NaN;
  };
  const last = (pass: InspectablePass) => pass.stream[pass.model.nLayers].subarray(-pass.model.dModel);
  /** logit of the one who is given something − logit of the one who gives */
  const lead = async (pass: InspectablePass, [to, from]: readonly [number, number]): Promise<number> =>
    (await pass.read(last(pass), { target: { id: to, against: from }, k: 1, position: pass.tokens.length - 1 })).targetLogits[0];

  it('without the heads that the card names, the indirect object leads the subject by less', async () => {
    let [before, after] = [0, 0];
    for (const { prompt, answer } of prompts) {
      const names = [...prompt.matchAll(/ [A-Z]\w+/g)].map(([name]) => name);
      const subject = names.find((name, i) => name !== answer && names.indexOf(name) < i);
      assert.ok(subject, prompt);
      const tokens = [idOf(answer), idOf(subject)] as const;
      const pass = await forward(prompt);
      const off = await model.intervene(
        pass,
        heads.map((component) => ({ component, from: null })),
        pass.tokens.length - 1,
        patient,
      );
      before += (await lead(pass, tokens)) / prompts.length;
      after += (await lead(off, tokens)) / prompts.length;
    }
    assert.ok(before > 5, `with them it leads by ${before}`);
    assert.ok(after < before - 3, `without them by ${after} where it was ${before}`);
  });

  it('with the residual stream’s writers of another country, the capital is that country’s', async () => {
    const [japan, france] = [await forward('The capital of Japan is the city of'), await forward('The capital of France is the city of')];
    const everything = Array.from({ length: japan.model.nLayers }, (_, layer) => layer).flatMap((layer) =>
      (['attention', 'mlp'] as const).map((kind) => ({ component: { kind, layer }, from: france })),
    );
    const changed = await model.intervene(japan, everything, japan.tokens.length - 1, patient);
    const read = await changed.read(last(changed), { target: { id: idOf(' Paris') }, k: 1, position: changed.tokens.length - 1 });
    assert.equal(read.targetRanks[0], 1);
    // The prompts end in the same words, so at the last position only what blocks write tells them apart.
    const difference = Math.max(...last(changed).map((x, i) => Math.abs(x - last(france)[i])));
    assert.ok(difference < 1e-3, `off by ${difference}`);
  });

  it('says that another prompt is read only where it is', async () => {
    const [pass, other] = [await forward('The capital of Japan is the city of'), await forward('The capital of France is the city of')];
    const messages: string[] = [];
    await model.intervene(
      pass,
      [
        { component: { kind: 'mlp', layer: 6 }, from: null },
        { component: { kind: 'mlp', layer: 7 }, from: null },
        { component: { kind: 'attention', layer: 7 }, from: other },
      ],
      pass.tokens.length - 1,
      { ...patient, report: ({ message }) => void messages.push(message) },
    );
    assert.deepEqual(messages.slice(0, 2), ['Switching off parts of block 6', 'Reading the values to patch into block 7']);
  });
});
