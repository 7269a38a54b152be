import { availableParallelism } from 'node:os';
import type { ModelInfo } from '../../core/format/flow-graph';
import type { DeviceInUse } from '../../core/protocol/device';
import type { KeptWeights } from '../../core/protocol/kept-weights';
import type { Problem } from '../../core/problem';
import { showBytes } from '../../core/text/bytes';
import type { ModelSpec } from '../../model/architecture/model-spec';
import type { MemoryNeed } from '../memory/need';
import { chooseProvider, type ChosenProvider } from '../onnx/choose-provider';
import { CPU, type ExecutionProvider } from '../onnx/execution-providers';
import { SessionPool, type PoolPolicy } from '../onnx/session-pool';
import type { Weights } from '../onnx/weights';
import { blockTime } from './block-trial';

/** Below this number of parameters a product is over before other threads have woken up, the more so on a busy machine. */
const PARALLEL_PARAMETERS = 2e7;

/** The model, and whom its device is told. */
export interface DeviceParts {
  readonly info: Pick<ModelInfo, 'name' | 'parameters'>;
  readonly spec: ModelSpec;
  readonly need: Pick<MemoryNeed, 'keeping'>;
  readonly weights: Weights;
  readonly log: (line: string) => void;
}

/** The device that runs a model: chosen once, and given up for the processor where it fails and `auto` chose it. */
export class RunningDevice {
  /** the model's sessions, as the device runs them */
  readonly pool: SessionPool;

  private constructor(
    private readonly parts: DeviceParts,
    private chosen: ChosenProvider,
    mayGiveUp: boolean,
  ) {
    const onFailure = mayGiveUp ? (failure: Problem) => this.giveUp(failure) : undefined;
    this.pool = new SessionPool(parts.weights, policyOf(parts), chosen.provider, onFailure);
  }

  /**
   * @param device one of `DEVICES`; nothing is tried for `auto` and a model that would not run elsewhere
   * @throws Problem `device-unavailable`
   */
  static async choose(device: string, parts: DeviceParts): Promise<RunningDevice> {
    const unfit = device === 'auto' ? unfitness(parts) : null;
    const time = (provider: ExecutionProvider) => blockTime(parts.spec, parts.weights, policyOf(parts), provider);
    const chosen = unfit === null ? await chooseProvider(device, time) : { provider: CPU, reason: unfit };
    return new RunningDevice(parts, chosen, device === 'auto');
  }

  private giveUp({ message }: Problem): void {
    this.chosen = { provider: CPU, reason: `${this.chosen.provider.label} failed: ${message.replace(/\.+$/, '')}` };
    this.tell({ blocks: true, lens: true });
  }

  /** What runs the model, and why, for people. @param kept the weights that are worth a copy: those of others stay with the processor */
  inUse(kept: KeptWeights): DeviceInUse {
    const { provider, reason } = this.chosen;
    if (reason !== null) return { name: 'cpu', words: `The processor runs it: ${reason}.` };
    if (!provider.copiesWeights) return { name: provider.name };
    const { label, name } = provider;
    if (this.parts.weights.areQuantised)
      return { name: 'cpu', words: `The processor runs it, not ${label}: its weights are quantised, and dequantised at every use.` };
    if (!kept.blocks) return { name: 'cpu', words: `The processor runs it, not ${label}: there is no memory to keep its blocks loaded.` };
    const bytes = showBytes(this.parts.need.keeping.blocks);
    return { name, words: `${label} runs the blocks and holds a copy of their weights (${bytes}); the processor does the rest.` };
  }

  /** Says it in the log. */
  tell(kept: KeptWeights): void {
    const { words } = this.inUse(kept);
    if (words !== undefined) this.parts.log(`${this.parts.info.name}: ${words}`);
  }
}

/** Why no other device is worth trying for a model; null: one may be. */
function unfitness(parts: DeviceParts): string | null {
  if (parts.weights.areQuantised) return 'its weights are quantised, and dequantised at every use';
  return isLarge(parts) ? null : 'it is too small for another device to be faster';
}

function policyOf(parts: DeviceParts): PoolPolicy {
  const patient = isLarge(parts);
  return { keep: true, patient, threads: patient ? availableParallelism() : 1 };
}

function isLarge({ info }: DeviceParts): boolean {
  return info.parameters >= PARALLEL_PARAMETERS;
}
