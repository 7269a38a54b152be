/** A story of many layers, most of which do little: that of a trained Llama of 30 layers, with others put in below what matters. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Story } from '../../src/core/insight/story';

/** What `visit story --format json` said of a trained Llama of 30 layers (scripts/real-model.mjs), figures rounded to 5 digits. */
export const REAL_STORY = JSON.parse(readFileSync(path.join(__dirname, '../fixtures/story/llama-30-layers.json'), 'utf8')) as Story;

/** Layers above these are moved up. */
const BELOW = 20;

/** @param nLayers no fewer than the 30 there are */
export function deepStory(nLayers: number): Story {
  const story = REAL_STORY;
  const more = nLayers - story.layers.length;
  const moved = <T extends { readonly layer: number }>(each: T): T => (each.layer < BELOW ? each : { ...each, layer: each.layer + more });
  const [like] = story.layers;
  if (like === undefined) throw new Error('The story has no layer.');
  const quiet = Array.from({ length: more }, (_, i) => ({ ...like, layer: BELOW + i, attention: 0.01, mlp: -0.02 }));
  return {
    ...story,
    model: { ...story.model, nLayers },
    layers: [...story.layers.slice(0, BELOW), ...quiet, ...story.layers.slice(BELOW).map(moved)],
    reads: story.reads.map(moved),
    leadsFrom: story.leadsFrom === null ? null : story.leadsFrom + more,
    ...(story.hops && { hops: story.hops.map(moved) }),
  };
}
