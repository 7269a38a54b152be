/** Which execution provider runs a model: the one that is asked for, or the fastest that is there and works. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { DEVICES, type Device, type DeviceInUse } from '../../core/protocol/device';
import { Problem } from '../../core/problem';
import { bestTime, trialValues } from './best-time';
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
 * @param time milliseconds that a provider takes for a piece of the model's own work, by which `auto` decides
 * @param providers those there is code for; tests put their own in
 * @throws Problem `device-unavailable` for a device that is named and cannot be used
 */
export async function chooseProvider(
  asked: string,
  time: (provider: ExecutionProvider) => Promise<number>,
  providers: readonly ExecutionProvider[] = EXECUTION_PROVIDERS,
): Promise<ChosenProvider> {
  const device = DEVICES.find((name) => name === asked);
  if (device === undefined) throw new Problem('device-unavailable', `There is no device “${asked}”.`, `Devices: ${DEVICES.join(', ')}.`);
  if (device === 'cpu') return { provider: CPU, reason: null };
  if (device === 'auto') return automatic(time, providers);
  const provider = named(device, providers);
  const works = await tried(provider);
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

async function automatic(
  time: (provider: ExecutionProvider) => Promise<number>,
  providers: readonly ExecutionProvider[],
): Promise<ChosenProvider> {
  const reasons: string[] = [];
  for (const provider of providers.filter(({ name }) => AUTOMATIC.includes(name))) {
    const reason = provider.contained()
      ? await slowness(provider, time)
      : `the onnxruntime for ${PLATFORM} does not contain ${provider.label}`;
    if (reason === null) return { provider, reason };
    reasons.push(reason);
  }
  return { provider: CPU, reason: reasons.join('; ') };
}

/** A block by itself flatters a device: in a whole pass, an H100 did 1.4 times worse against the processor. */
const CLEARLY = 2;

/** Why a provider is not worth it; null: it works, and is clearly faster than the processor. */
async function slowness(provider: ExecutionProvider, time: (provider: ExecutionProvider) => Promise<number>): Promise<string | null> {
  const { label } = provider;
  const works = await tried(provider);
  if (typeof works === 'string') return `${label} does not work: ${works}`;
  if (isSlow(works)) return `what ${label} finds is a processor that plays a graphics card`;
  const inWords = (milliseconds: number): string => `${milliseconds.toPrecision(2)} ms`;
  try {
    const [device, processor] = [await time(provider), await time(CPU)];
    if (device * CLEARLY < processor) return null;
    return `${label} would gain too little here: a block takes it ${inWords(device)}, and the processor ${inWords(processor)}`;
  } catch (error) {
    return `${label} does not work: ${firstLine(error)}`;
  }
}

/** What a small product took, the best of some runs. */
export interface Trial {
  readonly milliseconds: number;
}

/** Sizes of the product that tells whether a device works at all. */
const [ROWS, INPUTS, OUTPUTS] = [16, 256, 256];
/** Milliseconds in which any graphics card has it done. */
const SLOW = 10;
/** Largest difference from the exact product, relative to the sum of its terms' sizes. */
const TOLERANCE = 1e-5;

/** Whether what took so long is a processor that plays a graphics card: anything larger would take it many seconds. */
export function isSlow({ milliseconds }: Trial): boolean {
  return milliseconds > SLOW;
}

/** Trials of this process: a machine does not change while it runs. */
const trials = new Map<ExecutionProvider, Promise<Trial | string>>();

/** How long a provider takes for a small product, or why it cannot be used; tried once in a process. */
export function tried(provider: ExecutionProvider): Promise<Trial | string> {
  const result = trials.get(provider) ?? trial(provider).catch((error: unknown) => firstLine(error));
  trials.set(provider, result);
  return result;
}

async function trial(provider: ExecutionProvider): Promise<Trial> {
  const description = productGraph();
  const { extra, ...options } = provider.sessionOptions({ description, packs: true, widens: false, threads: 0 });
  const session = await InferenceSession.create(description, {
    ...options,
    enableMemPattern: false,
    logSeverityLevel: 4,
    extra: { ...extra },
  });
  try {
    const x = trialValues(ROWS * INPUTS);
    const product = () => session.run({ x: new Tensor('float32', x, [ROWS, INPUTS]) });
    checkProduct(x, (await product()).y.data as Float32Array);
    return { milliseconds: await bestTime(product) };
  } finally {
    await session.release();
  }
}

/** The weight's number for an input and an output: few bits, and no two rows alike. */
const weightAt = (input: number, output: number): number => (((input * 31 + output * 17) % 13) - 6) / 8;

/** Input: `x` [ROWS,INPUTS]. Output: `y` [ROWS,OUTPUTS]. */
function productGraph(): Uint8Array {
  const b = new GraphBuilder(new Weights(new Map()));
  const x = b.input('x', DataType.FLOAT, [ROWS, INPUTS]);
  const weight = Float32Array.from({ length: INPUTS * OUTPUTS }, (_, i) => weightAt(Math.floor(i / OUTPUTS), i % OUTPUTS));
  b.output('y', b.op('Gemm', [x, b.floats(weight, [INPUTS, OUTPUTS])]), DataType.FLOAT, [ROWS, OUTPUTS]);
  return b.finish('product');
}

/** Checks some values all over a product. @throws Problem `internal` */
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
