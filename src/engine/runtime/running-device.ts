import type { Device, DeviceInUse } from '../../core/protocol/device';
import type { KeptWeights } from '../../core/protocol/kept-weights';
import type { Problem } from '../../core/problem';
import { showBytes } from '../../core/text/bytes';
import type { MemoryNeed } from '../memory/need';
import { planBytes } from '../memory/plan';
import { chooseProvider, type ChosenProvider } from '../onnx/choose-provider';
import { SessionPool, type PoolPolicy } from '../onnx/session-pool';
import type { Weights } from '../onnx/weights';

/** What is said of a model, and whom it is said to. */
export interface DeviceParts {
  /** the model, as the log names it */
  readonly name: string;
  readonly need: Pick<MemoryNeed, 'keeping'>;
  /** whether it is large enough for another device to be worth it */
  readonly isLarge: boolean;
  /** whether its weights are dequantised at every use */
  readonly areQuantised: boolean;
  readonly log: (line: string) => void;
}

/** The device that runs a model: chosen once, and given up for the processor where it fails and nobody insists on it. */
export class RunningDevice {
  private constructor(
    private readonly asked: Device,
    private chosen: ChosenProvider,
    private readonly parts: DeviceParts,
  ) {}

  /** @throws Problem `device-unavailable` */
  static async choose(device: Device, parts: DeviceParts): Promise<RunningDevice> {
    // Nothing is tried for a model that would not run there.
    const unworthy = device === 'auto' ? unfit(parts) : null;
    const chosen = await chooseProvider(unworthy === null ? device : 'cpu');
    return new RunningDevice(device, unworthy === null ? chosen : { ...chosen, reason: unworthy }, parts);
  }

  /** A pool whose sessions it runs. */
  pool(weights: Weights, policy: PoolPolicy): SessionPool {
    const giveUp = ({ message }: Problem): void => {
      this.chosen = { ...this.chosen, reason: `${this.chosen.provider.label} failed: ${message.replace(/\.+$/, '')}` };
      this.tell({ blocks: true, lens: true });
    };
    return new SessionPool(weights, policy, this.chosen.provider, this.asked === 'auto' ? giveUp : undefined);
  }

  /** What runs the model, and why, for people. @param kept the weights that are worth a copy: those of others stay with the processor */
  inUse(kept: KeptWeights): DeviceInUse {
    const { provider, reason } = this.chosen;
    if (reason !== null) return { name: 'cpu', words: `The processor runs it: ${reason}.` };
    if (!provider.copiesWeights) return { name: provider.name };
    const { label, name } = provider;
    if (this.parts.areQuantised)
      return { name: 'cpu', words: `The processor runs it, not ${label}: its weights are quantised, and dequantised at every use.` };
    if (!kept.blocks && !kept.lens)
      return { name: 'cpu', words: `The processor runs it, not ${label}: there is no memory to keep its weights loaded.` };
    const what = kept.blocks
      ? kept.lens
        ? 'the blocks and the product with the vocabulary'
        : 'the blocks'
      : 'the product with the vocabulary';
    const bytes = showBytes(planBytes(kept, this.parts.need));
    return { name, words: `${label} runs ${what} and holds a copy of their weights, up to ${bytes}; the processor does the rest.` };
  }

  /** Says it in the log. */
  tell(kept: KeptWeights): void {
    const { words } = this.inUse(kept);
    if (words !== undefined) this.parts.log(`${this.parts.name}: ${words}`);
  }
}

/** Why no other device is worth trying for a model; null: one may be. */
function unfit({ isLarge, areQuantised }: DeviceParts): string | null {
  if (areQuantised) return 'its weights are quantised, and dequantised at every use';
  return isLarge ? null : 'it is too small for another device to be faster';
}
