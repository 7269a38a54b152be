/** Ends with 0 where this machine has a graphics card that WebGPU can use; else says why not, and ends with 1. */
import { isSlow, tried } from '../../src/engine/onnx/choose-provider';
import { EXECUTION_PROVIDERS } from '../../src/engine/onnx/execution-providers';

async function absence(): Promise<string | null> {
  const provider = EXECUTION_PROVIDERS.find(({ name }) => name === 'webgpu');
  if (!provider?.contained()) return 'the onnxruntime of this platform does not contain WebGPU';
  const found = await tried(provider);
  if (typeof found === 'string') return `WebGPU does not work on this machine: ${found}`;
  return isSlow(found) ? 'what WebGPU finds on this machine is a processor that plays a graphics card' : null;
}

void absence().then((reason) => {
  if (reason !== null) process.stdout.write(`${reason}\n`);
  process.exit(reason === null ? 0 : 1);
});
