import assert from 'node:assert/strict';
import type { ProblemData } from '../../../../src/core/problem';
import { modelEntries } from '../../../../src/host/models/model-entries';
import type { CachedModel } from '../../../../src/hub/cache/scan';
import type { ModelSummary } from '../../../../src/hub/model-summary';

const COMMIT = '0123456789'.repeat(4);
const model = (folder: string, problem: ProblemData | null = null): ModelSummary => ({ folder, family: 'gpt2', bytes: 548e6, problem, report: null });
const cached = (id: string, refs: string[], problem: ProblemData | null = null): CachedModel => ({ ...model(`/cache/${id}/${refs.join()}`, problem), id, refs, commit: COMMIT });
const embedded = model('/extension/models/small');
const refused: ProblemData = { code: 'unknown-architecture', message: 'org/bert is a "bert" model, which is not supported.' };

describe('the list of models to choose from', () => {
  it('has the embedded model first, then the cache, then recent folders', () => {
    const entries = modelEntries({ embedded, cached: [cached('org/gpt2', ['main'])], gguf: [], recent: [{ setting: '~/mine', model: model('/home/ada/mine') }], inUse: '/home/ada/mine' });
    assert.deepEqual(entries.map(({ section, name, setting, facts }) => [section, name, setting, facts]), [
      ['Embedded', 'Embedded model', '', 'gpt2 · 548 MB'],
      ['On this machine', 'org/gpt2', '/cache/org/gpt2/main', 'gpt2 · 548 MB'],
      ['Recent folders', 'mine', '~/mine', 'in use · gpt2 · 548 MB'],
    ]);
  });

  it('names a revision that is not the usual one', () => {
    const entries = modelEntries({ embedded, cached: [cached('a/b', ['main', 'v1']), cached('a/b', ['refs/pr/2']), cached('a/b', [])], gguf: [], recent: [], inUse: '' });
    assert.deepEqual(entries.slice(1).map(({ facts }) => facts), ['gpt2 · 548 MB', 'refs/pr/2 · gpt2 · 548 MB', '0123456 · gpt2 · 548 MB']);
  });

  it('keeps models that cannot be run, with the reason', () => {
    const [, bert] = modelEntries({ embedded, cached: [cached('org/bert', ['main'], refused)], gguf: [], recent: [], inUse: '' });
    assert.equal(bert.problem, refused);
    assert.equal(bert.detail, `Cannot be run: ${refused.message}`);
  });

  it('lists a folder of the cache that was used before only once, under its name there', () => {
    const one = cached('org/gpt2', ['main']);
    const entries = modelEntries({ embedded, cached: [one], gguf: [], recent: [{ setting: one.folder, model: one }, { setting: embedded.folder, model: embedded }], inUse: one.folder });
    assert.deepEqual(entries.map(({ name }) => name), ['Embedded model', 'org/gpt2']);
    assert.match(entries[1].facts, /^in use/);
  });
});
