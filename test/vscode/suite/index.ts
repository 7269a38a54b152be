/**
 * Entry of the suite that runs inside VS Code: `@vscode/test-electron` and VS Code's own test host call `run`.
 */
import { mocha } from './mocha-instance';
import './manifest.test';
import './visualize.test';
import './inspector.test';
import './highlight.test';
import './bad-input.test';
import './models.test';
import './adapters.test';

/** Runs all tests; rejects when one fails. The last line on the console states the counts. */
export function run(): Promise<void> {
  return new Promise((resolve, reject) => {
    let passed = 0;
    const runner = mocha.run((failed) => {
      console.log(`VS Code suite: ${passed} passed, ${failed} failed`);
      if (failed === 0) resolve();
      else reject(new Error(`${failed} of ${passed + failed} tests failed`));
    });
    runner.on('pass', () => {
      passed += 1;
    });
  });
}
