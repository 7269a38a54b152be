/** The network's own camera, in the page's terms. */
import type { Network } from 'vis-network/esnext';
import type { Camera } from '../state/camera';
import { clampScale } from './camera';

const ANIMATION_MS = 220;

/** See the head of this file. */
export interface NetworkCamera {
  now(): Camera;
  /** @param animated moves there in a short time, unless the system asks for less motion */
  look(camera: Camera, animated?: boolean): void;
}

export function networkCamera(network: Network): NetworkCamera {
  return {
    now: () => ({ ...network.getViewPosition(), scale: network.getScale() }),
    look({ x, y, scale }, animated = false) {
      const animate = animated && !matchMedia('(prefers-reduced-motion: reduce)').matches;
      network.moveTo({
        position: { x, y },
        scale: clampScale(scale),
        animation: animate ? { duration: ANIMATION_MS, easingFunction: 'easeInOutQuad' } : false,
      });
    },
  };
}
