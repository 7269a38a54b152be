import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { testLimit } from '../../../support/patience';

const ROOT = path.join(__dirname, '../../../..');

describe('The kernel that dequantises blocks', function () {
  this.timeout(testLimit());

  it('is what its source compiles to', async () => {
    await promisify(execFile)(process.execPath, [path.join(ROOT, 'scripts/kernel.mjs'), '--check']);
  });
});
