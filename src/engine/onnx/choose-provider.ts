/** Which execution provider runs a model: the one that is asked for, or the fastest that is there and works. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { DEVICES, type Device, type DeviceInUse } from '../../core/protocol/device';
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

const PLATFORM = `${process.platform}-${process.arch}`;

const INSTEAD = 'Choose “auto”, which falls back to the processor, or “cpu”.';

/**
 * The provider for a device.
 *
 * @param asked one of `DEVICES`
 * @param providers those there is code for; tests put their own in
 * @throws Problem `device-unavailable` for a device that is named and cannot be used
 */
export async function chooseProvider(
  asked: string,
  providers: readonly ExecutionProvider[] = EXECUTION_PROVIDERS,
): Promise<ChosenProvider> {
  const device = DEVICES.find((name) => name === asked);
  if (device === undefined) throw new Problem('device-unavailable', `There is no device “${asked}”.`, `Devices: ${DEVICES.join(', ')}.`);
  if (device === 'cpu') return { provider: CPU, reason: null };
  if (device === 'auto') return automatic(providers);
  const provider = named(device, providers);
  const works = await tried(provider, SMALL);
  if (typeof works !== 'string') return { provider, reason: null };
  throw new Problem('device-unavailable', `${provider.label} does not work on this machine: ${works}.`, INSTEAD);
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
  throw new Problem('device-unavailable', `The onnxruntime for ${PLATFORM} does not contain ${device}; it contains: ${names}.`, INSTEAD);
}

async function automatic(providers: readonly ExecutionProvider[]): Promise<ChosenProvider> {
  const reasons: string[] = [];
  for (const provider of providers.filter(({ name }) => AUTOMATIC.includes(name))) {
    const reason = provider.contained() ? await slowness(provider) : `the onnxruntime for ${PLATFORM} does not contain ${provider.label}`;
    if (reason === null) return { provider, reason };
    reasons.push(reason);
  }
  return { provider: CPU, reason: reasons.join('; ') };
}

/** Why a provider is not worth it; null: it works, and is faster than the processor. */
async function slowness(provider: ExecutionProvider): Promise<string | null> {
  const small = await tried(provider, SMALL);
  if (typeof small === 'string') return `${provider.label} does not work: ${small}`;
  const size = isSlow(small) ? SMALL : LARGE;
  const [device, processor] = [await tried(provider, size), await tried(CPU, size)];
  if (typeof device === 'string') return `${provider.label} does not work: ${device}`;
  if (typeof processor === 'string' || device.milliseconds < processor.milliseconds) return null;
  const inWords = ({ milliseconds }: Trial): string => `${milliseconds.toPrecision(2)} ms`;
  return `${provider.label} is no faster here: a product takes it ${inWords(device)}, and the processor ${inWords(processor)}`;
}

/** What a product took, the best of some runs. */
export interface Trial {
  readonly milliseconds: number;
}

/** Sizes of a product. */
interface Product {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Tells whether a device works at all. */
export const SMALL: Product = { rows: 16, inputs: 256, outputs: 256 };
/** About one of a block's, of a model for which another device is worth it. */
export const LARGE: Product = { rows: 64, inputs: 1024, outputs: 4096 };
/** Milliseconds for the small product in which any graphics card is done. */
const SLOW = 10;
/** Whether what took so long for the small product is a processor that plays a graphics card: the large one would take it many seconds. */
export function isSlow({ milliseconds }: Trial): boolean {
  return milliseconds > SLOW;
}

/** The first run compiles; the best of the others counts. */
const RUNS = 4;
/** Largest difference from the exact product, relative to the sum of its terms' sizes. */
const TOLERANCE = 1e-5;

/** Trials of this process: a machine does not change while it runs. */
const trials = new Map<ExecutionProvider, Map<Product, Promise<Trial | string>>>();

/** How long a provider takes for a product, or why it cannot be used; tried once in a process. */
export function tried(provider: ExecutionProvider, product: Product): Promise<Trial | string> {
  const known = trials.get(provider) ?? new Map<Product, Promise<Trial | string>>();
  trials.set(provider, known);
  const result = known.get(product) ?? trial(provider, product).catch((error: unknown) => firstLine(error));
  known.set(product, result);
  return result;
}

async function trial(provider: ExecutionProvider, product: Product): Promise<Trial> {
  const { rows, inputs } = product;
  const description = productGraph(product);
  const { extra, ...options } = provider.sessionOptions({ description, packs: true, widens: false, threads: 0 });
  const session = await InferenceSession.create(description, {
    ...options,
    enableMemPattern: false,
    logSeverityLevel: 4,
    extra: { ...extra },
  });
  try {
    const x = Float32Array.from({ length: rows * inputs }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
    let milliseconds = Infinity;
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      const { y } = await session.run({ x: new Tensor('float32', x, [rows, inputs]) });
      if (run > 0) milliseconds = Math.min(milliseconds, performance.now() - start);
      else checkProduct(x, y.data as Float32Array, product);
    }
    return { milliseconds };
  } finally {
    await session.release();
  }
}

/** The weight's number for an input and an output: few bits, and no two rows alike. */
const weightAt = (input: number, output: number): number => (((input * 31 + output * 17) % 13) - 6) / 8;

/** Input: `x` [rows,inputs]. Output: `y` [rows,outputs]. */
function productGraph({ rows, inputs, outputs }: Product): Uint8Array {
  const b = new GraphBuilder(new Weights(new Map()));
  const x = b.input('x', DataType.FLOAT, [rows, inputs]);
  const weight = Float32Array.from({ length: inputs * outputs }, (_, i) => weightAt(Math.floor(i / outputs), i % outputs));
  b.output('y', b.op('Gemm', [x, b.floats(weight, [inputs, outputs])]), DataType.FLOAT, [rows, outputs]);
  return b.finish('product');
}

/** Checks some values all over a product. @throws Problem `internal` */
function checkProduct(x: Float32Array, y: Float32Array, { rows, inputs, outputs }: Product): void {
  for (let sample = 0; sample < 64; sample++) {
    const [row, output] = [(sample * 37) % rows, (sample * 4093) % outputs];
    let [exact, size] = [0, 0];
    for (let i = 0; i < inputs; i++) {
      const term = x[row * inputs + i] * weightAt(i, output);
      exact += term;
      size += Math.abs(term);
    }
    if (!(Math.abs(y[row * outputs + output] - exact) <= TOLERANCE * size)) throw new Problem('internal', 'it multiplies wrongly');
  }
}

/** The sentence of an error that says something, without its places in onnxruntime's source. */
function firstLine(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return line.replace(/^.*was false\. /, '').replace(/\.+$/, '');
}
