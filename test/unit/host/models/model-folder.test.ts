import assert from 'node:assert/strict';
import { resolve, join } from 'node:path';
import { resolveModelFolder } from '../../../../src/host/models/model-folder';

const [embedded, home, workspace] = ['/ext/models/small', '/home/ada', '/work'].map((path) => resolve(path));
const context = { embedded: embedded ?? '', home: home ?? '', workspace };

describe('The model’s folder', () => {
  it('is the embedded model’s when none is set', () => {
    assert.equal(resolveModelFolder('  ', context), embedded);
  });
  it('is taken as it is when it is absolute', () => {
    assert.equal(resolveModelFolder(resolve('/models/gpt2'), context), resolve('/models/gpt2'));
  });
  it('may begin at the home folder', () => {
    assert.equal(resolveModelFolder('~/gpt2', context), join(context.home, 'gpt2'));
    assert.equal(resolveModelFolder('~', context), home);
  });
  it('is relative to the workspace, and to the home folder where there is none', () => {
    assert.equal(resolveModelFolder('models/gpt2', context), join(context.workspace ?? '', 'models', 'gpt2'));
    assert.equal(resolveModelFolder('gpt2', { embedded: context.embedded, home: context.home }), join(context.home, 'gpt2'));
  });
  it('may begin with a tilde that is part of a name', () => {
    assert.equal(resolveModelFolder('~gpt2', context), join(context.workspace ?? '', '~gpt2'));
  });
});
