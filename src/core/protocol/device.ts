/** What a model can be told to run on: the values of the setting `visit.device` and of `--device`. */
export const DEVICES = ['auto', 'cpu', 'webgpu', 'cuda', 'directml', 'coreml'] as const;

/** A device as a person names it; `auto`: the fastest that is there and works. */
export type Device = (typeof DEVICES)[number];

/** The device where nobody names one. */
export const DEFAULT_DEVICE: Device = 'cpu';

/** What runs a model that is open. */
export interface DeviceInUse {
  readonly name: Exclude<Device, 'auto'>;
  /** what of the model runs there and why, for a person; absent where there is nothing to say: the processor was asked for */
  readonly words?: string;
}
