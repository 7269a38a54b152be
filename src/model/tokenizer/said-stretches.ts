/** Which characters of a rendered conversation are what somebody says, and which are the template's. */
import type { ChatMessage } from '../../core/format/chat';
import type { SaidStretch } from '../../core/protocol/engine';

/** Characters of private use, which no template and hardly any text has. */
const [FIRST, COUNT] = [0xe000, 6400];

/**
 * Renders the conversation again with every character of what is said replaced by another that tells where it came from. White space is
 * replaced by other white space first, so that what templates trim is still trimmed; where that makes a difference it is left as it is. Where
 * templates look into what is said, so that the text comes out otherwise, nothing is known.
 *
 * @param render renders other messages in the same way; may throw
 * @param text what these messages were rendered to
 */
export function saidStretches(
  render: (messages: readonly ChatMessage[]) => string,
  messages: readonly ChatMessage[],
  text: string,
): readonly SaidStretch[] {
  for (const replacesSpace of [true, false]) {
    const found = replaced(render, messages, text, replacesSpace);
    if (found !== null) return found;
  }
  return [];
}

/** A unit of what is said. */
interface Unit {
  readonly message: number;
  readonly at: number;
  readonly character: string;
}

function replaced(
  render: (messages: readonly ChatMessage[]) => string,
  messages: readonly ChatMessage[],
  text: string,
  replacesSpace: boolean,
): readonly SaidStretch[] | null {
  const units: Unit[] = [];
  const disguised = messages.map(({ role, content }, message) => ({
    role,
    content: [...Array(content.length).keys()]
      .map((at) => {
        const character = content[at] ?? '';
        if (/\s/.test(character) && !replacesSpace) return character;
        units.push({ message, at, character });
        if (/\s/.test(character)) return character === '\n' ? '\u2028' : '\u2003';
        return String.fromCharCode(FIRST + ((units.length - 1) % COUNT));
      })
      .join(''),
  }));
  let rendered: string;
  try {
    rendered = render(disguised);
  } catch {
    return null;
  }
  if (rendered.length !== text.length) return null;
  const sources = sourcesOf(rendered, text, units);
  return sources && joined(sources, text, messages);
}

/** The unit from which each character of the text comes, null for the template's; null where one is not what its unit is. */
function sourcesOf(rendered: string, text: string, units: readonly Unit[]): readonly (Unit | null)[] | null {
  const sources: (Unit | null)[] = [];
  let next = 0;
  for (let i = 0; i < rendered.length; i++) {
    const code = rendered.charCodeAt(i);
    const isSpace = code === 0x2003 || code === 0x2028;
    if (!isSpace && (code < FIRST || code >= FIRST + COUNT)) {
      if (rendered[i] !== text[i]) return null;
      sources.push(null);
      continue;
    }
    const index: number = isSpace ? next : nearest(code - FIRST, next, units.length);
    const unit = units[index];
    if (unit === undefined || (!isSpace && unit.character !== text[i])) return null;
    // White space at the beginning of what is said may have been trimmed, and what comes next is the template's.
    sources.push(unit.character === text[i] ? unit : null);
    next = index + 1;
  }
  return sources;
}

/** The index that ends in these digits, so to speak, and is nearest to the expected one. */
function nearest(rest: number, expected: number, count: number): number {
  const round = Math.round((expected - rest) / COUNT);
  return Math.min(Math.max(0, round), Math.floor((count - 1 - rest) / COUNT)) * COUNT + rest;
}

/** Neighbours of one message as one stretch; white space between two of them that was not replaced belongs to it. */
function joined(sources: readonly (Unit | null)[], text: string, messages: readonly ChatMessage[]): readonly SaidStretch[] {
  const stretches: { start: number; end: number; message: number; at: number }[] = [];
  sources.forEach((unit, i) => {
    if (unit === null) return;
    const last = stretches.at(-1);
    if (last?.message === unit.message && unit.at - last.at === i - last.start) {
      const between = messages[unit.message]?.content.slice(last.at, unit.at + 1);
      if (between === text.slice(last.start, i + 1)) {
        last.end = i + 1;
        return;
      }
    }
    stretches.push({ start: i, end: i + 1, message: unit.message, at: unit.at });
  });
  return stretches;
}
