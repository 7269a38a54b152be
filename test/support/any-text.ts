/** Any text of whole characters, for property tests. */
import fc from 'fast-check';

/** Code points that are halves of surrogate pairs. */
const HALVES = { from: 0xd800, count: 0x800 } as const;

/**
 * Texts of any characters that Unicode has or may have one day, controls and private ones included. What fast-check calls the unit
 * `binary` is the same, but lists every one of them first, which takes a second.
 */
export function anyText(maxLength?: number): fc.Arbitrary<string> {
  const character = fc
    .integer({ min: 0, max: 0x10ffff - HALVES.count })
    .map((place) => String.fromCodePoint(place < HALVES.from ? place : place + HALVES.count));
  return fc.array(character, maxLength === undefined ? {} : { maxLength }).map((characters) => characters.join(''));
}
