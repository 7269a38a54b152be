/** Which execution provider runs a model: the one that is asked for, or the fastest that is there and works. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Device, DeviceInUse } from '../../core/protocol/device';
import { Problem } from '../../core/problem';
import { Weights } from './weights';
import { CPU, EXECUTION_PROVIDERS, type ExecutionProvider } from './execution-providers';
import { GraphBuilder } from './graph-builder';
import { DataType } from './proto';

/** A provider, and what there is to say about it. */
export interface ChosenProvider {
  readonly provider: ExecutionProvider;
  /** why the processor runs what might have run elsewhere; null: it was asked for, or it does not */
  readonly reason: string | null;
}

/** Of these `auto` takes one. Figures of others have not been compared with the processor's: they have to be asked for. */
const AUTOMATIC: readonly DeviceInUse['name'][] = ['webgpu'];

const INSTEAD = 'Choose “auto”, which falls back to the processor, or “cpu”.';

/**
 * The provider for a device.
 *
 * @param providers those there is code for; tests put their own in
 * @throws Problem `device-unavailable` for a device that is named and cannot be used
 */
export async function chooseProvider(device: Device, providers: readonly ExecutionProvider[] = EXECUTION_PROVIDERS): Promise<ChosenProvider> {
  if (device === 'cpu') return { provider: CPU, reason: null };
  if (device === 'auto') return automatic(providers);
  const provider = named(device, providers);
  const trial = await tried(provider);
  if (typeof trial !== 'string') return { provider, reason: null };
  throw new Problem('device-unavailable', `${provider.label} does not work on this machine: ${trial}.`, INSTEAD);
}

/** @throws Problem `device-unavailable` */
function named(device: Exclude<Device, 'auto' | 'cpu'>, providers: readonly ExecutionProvider[]): ExecutionProvider {
  if (device === 'cuda') {
    throw new Problem(
      'device-unavailable',
      'CUDA is not offered: onnxruntime’s libraries for it are not in the package that VISIT is built with.',
      'Choose “webgpu”, which runs on NVIDIA cards by Vulkan or Direct3D 12, or “auto”.',
    );
  }
  const contained = providers.filter((provider) => provider.contained());
  const found = contained.find(({ name }) => name === device);
  if (found) return found;
  const names = contained.map(({ name }) => name).join(', ');
  throw new Problem(
    'device-unavailable',
    `The onnxruntime for ${process.platform}-${process.arch} does not contain ${device}; it contains: ${names}.`,
    INSTEAD,
  );
}

async function automatic(providers: readonly ExecutionProvider[]): Promise<ChosenProvider> {
  const candidates = providers.filter(({ name }) => AUTOMATIC.includes(name));
  const reasons: string[] = [];
  for (const provider of candidates) {
    if (!provider.contained()) {
      reasons.push(`the onnxruntime for ${process.platform}-${process.arch} does not contain ${provider.label}`);
      continue;
    }
    const trial = await tried(provider);
    if (typeof trial === 'string') reasons.push(`${provider.label} does not work: ${trial}`);
    else if (trial.milliseconds < (await processorTrial()).milliseconds) return { provider, reason: null };
    else {
      const times = trial.milliseconds / (await processorTrial()).milliseconds;
      reasons.push(`${provider.label} takes ${times.toPrecision(2)} times as long as it for the same product`);
    }
  }
  return { provider: CPU, reason: reasons.join('; ') };
}

/** What a trial took at best. */
interface Trial {
  readonly milliseconds: number;
}

/** Rows, inputs and outputs of the product that is tried: about a block's of a model for which another device is worth it. */
const [ROWS, INPUTS, OUTPUTS] = [64, 1024, 4096];
/** The first run compiles; the best of the others counts. */
const RUNS = 4;
/** Largest difference from the exact product, relative to its largest value. */
const TOLERANCE = 1e-4;

/** Trials of this process: a machine does not change while it runs. */
const trials = new Map<ExecutionProvider, Promise<Trial | string>>();

/** How long a provider takes for a product, or why it cannot be used. */
function tried(provider: ExecutionProvider): Promise<Trial | string> {
  const known = trials.get(provider) ?? trial(provider).catch((error: unknown) => firstLine(error));
  trials.set(provider, known);
  return known;
}

async function processorTrial(): Promise<Trial> {
  const found = await tried(CPU);
  if (typeof found === 'string') throw new Problem('internal', `The processor cannot multiply: ${found}.`);
  return found;
}

async function trial(provider: ExecutionProvider): Promise<Trial> {
  const description = productGraph();
  const { extra, ...options } = provider.sessionOptions({ description, packs: true, widens: false, threads: 0 });
  const session = await InferenceSession.create(description, { ...options, enableMemPattern: false, logSeverityLevel: 4, extra: { ...extra } });
  try {
    const x = Float32Array.from({ length: ROWS * INPUTS }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
    let milliseconds = Infinity;
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      const { y } = await session.run({ x: new Tensor('float32', x, [ROWS, INPUTS]) });
      const taken = performance.now() - start;
      if (run > 0) milliseconds = Math.min(milliseconds, taken);
      if (run === 0) checkProduct(x, y.data as Float32Array);
    }
    return { milliseconds };
  } finally {
    await session.release();
  }
}

/** The weight's number for an input and an output: whole numbers of few bits, so that no copy of it has to be at hand for the check. */
const weightAt = (input: number, output: number): number => (((input * 31 + output * 17) % 13) - 6) / 8;

/** Input: `x` [ROWS,INPUTS]. Output: `y` [ROWS,OUTPUTS]. */
function productGraph(): Uint8Array {
  const b = new GraphBuilder(new Weights(new Map()));
  const x = b.input('x', DataType.FLOAT, [ROWS, INPUTS]);
  const weight = Float32Array.from({ length: INPUTS * OUTPUTS }, (_, i) => weightAt(Math.floor(i / OUTPUTS), i % OUTPUTS));
  b.output('y', b.op('Gemm', [x, b.floats(weight, [INPUTS, OUTPUTS])]), DataType.FLOAT, [ROWS, OUTPUTS]);
  return b.finish('product');
}

/** Checks the corners and some values between. @throws Problem `internal` */
function checkProduct(x: Float32Array, y: Float32Array): void {
  for (let sample = 0; sample < 64; sample++) {
    const [row, output] = [(sample * 37) % ROWS, (sample * 4093) % OUTPUTS];
    let [exact, size] = [0, 0];
    for (let i = 0; i < INPUTS; i++) {
      const term = x[row * INPUTS + i] * weightAt(i, output);
      exact += term;
      size += Math.abs(term);
    }
    if (!(Math.abs(y[row * OUTPUTS + output] - exact) <= TOLERANCE * size)) throw new Problem('internal', 'it multiplies wrongly');
  }
}

/** The sentence of an error that says something, without its places in onnxruntime's source. */
function firstLine(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return line.replace(/^.*was false\. /, '').replace(/\.+$/, '');
}
