import assert from 'node:assert/strict';
import { platformProblem } from '../../../../src/host/models/platform';

describe('A platform', () => {
  it('is accepted where onnxruntime is built for it', () => {
    for (const [platform, arch] of [['linux', 'x64'], ['linux', 'arm64'], ['darwin', 'arm64'], ['win32', 'x64'], ['win32', 'arm64']] as const) {
      assert.equal(platformProblem(platform, arch), undefined);
    }
  });
  it('is refused by name, with those that work, where it is not', () => {
    const problem = platformProblem('darwin', 'x64');
    assert.equal(problem?.code, 'platform-unsupported');
    assert.match(problem?.message ?? '', /darwin-x64/);
    assert.match(problem?.hint ?? '', /darwin-arm64/);
  });
});
