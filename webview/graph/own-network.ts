/**
 * vis-network keeps the listeners of all its networks in one map: it mixes component-emitter 2 into a prototype, and the mixin
 * makes its map once, there. With several networks on a page every one would then draw, zoom and click for all. Each
 * network therefore gets a prototype with a map of its own, before its constructor listens to anything.
 */
import { Network, type Data, type Options } from 'vis-network/esnext';

/** A network whose events are its own. */
export function ownNetwork(container: HTMLElement, data: Data, options: Options): Network {
  class OwnNetwork extends Network {}
  Object.assign(OwnNetwork.prototype, { _callbacks: new Map() });
  return new OwnNetwork(container, data, options);
}
