/** Functions that every template has. */
import type { ChatMessage } from '../../../core/format/chat';

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const two = (x: number): string => String(x).padStart(2, '0');

const DATE: Readonly<Record<string, (now: Date) => string>> = {
  '%': () => '%',
  A: (now) => DAYS[now.getDay()],
  B: (now) => MONTHS[now.getMonth()],
  H: (now) => two(now.getHours()),
  I: (now) => two(now.getHours() % 12 || 12),
  M: (now) => two(now.getMinutes()),
  S: (now) => two(now.getSeconds()),
  Y: (now) => String(now.getFullYear()),
  a: (now) => DAYS[now.getDay()].slice(0, 3),
  b: (now) => MONTHS[now.getMonth()].slice(0, 3),
  d: (now) => two(now.getDate()),
  m: (now) => two(now.getMonth() + 1),
  p: (now) => (now.getHours() < 12 ? 'AM' : 'PM'),
  y: (now) => two(now.getFullYear() % 100),
};

/** A date by a pattern, in English as Python writes it. @throws Error for a letter that is not known */
export function dated(pattern: string, now = new Date()): string {
  return pattern.replace(/%([^])/g, (_, letter: string) => {
    if (!Object.hasOwn(DATE, letter)) throw new Error(`%${letter} of a date cannot be rendered`);
    return DATE[letter](now);
  });
}

/** What a template is given beside marks: names of Jinja, of transformers, and the conversation. */
export function givenNames(messages: readonly ChatMessage[], reply: boolean): Readonly<Record<string, unknown>> {
  return {
    ...{ true: true, True: true, false: false, False: false, none: null, None: null },
    raise_exception: (reason: string) => {
      throw new Error(reason);
    },
    range,
    strftime_now: (pattern: string) => dated(pattern),
    messages: messages.map((message) => ({ ...message })),
    // Absent tools and documents are None to templates, as in transformers.
    tools: null,
    documents: null,
    add_generation_prompt: reply,
  };
}

/** Numbers from one to another, which is left out. */
function range(from: number, to?: number, step = 1): number[] {
  const [start, end] = to === undefined ? [0, from] : [from, to];
  if (step === 0) throw new Error('range has a step of 0');
  return Array.from({ length: Math.max(0, Math.ceil((end - start) / step)) }, (_, i) => start + i * step);
}
