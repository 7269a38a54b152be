/** Values as Python writes and compares them, which Jinja does wherever a template yields anything but a text. */

/** A value of the template library while it renders: what it is, and its content, whose parts are such values. */
export interface RuntimeValue {
  readonly type: string;
  readonly value: unknown;
}

/** What a template writes of a value: a text as it is, any other as Python's `str` has it; nothing of what is not defined. */
export function asPythonWrites(value: RuntimeValue): string {
  if (value.type === 'StringValue') return String(value.value);
  return value.type === 'UndefinedValue' ? '' : representation(value);
}

/** Whether values are equal to Python: numbers, and truth values as 1 and 0, by size; lists part by part; otherwise only what is of one kind. */
export function areEqual(one: RuntimeValue, other: RuntimeValue): boolean {
  if (NUMBERS.has(one.type) && NUMBERS.has(other.type)) return Number(one.value) === Number(other.value);
  if (one.type !== other.type) return false;
  if (one.type === 'ArrayValue' || one.type === 'TupleValue') {
    const [parts, others] = [one.value, other.value] as readonly [readonly RuntimeValue[], readonly RuntimeValue[]];
    return parts.length === others.length && parts.every((part, i) => areEqual(part, others[i]));
  }
  if (one.type === 'ObjectValue') {
    const [fields, others] = [one.value, other.value] as readonly ReadonlyMap<string, RuntimeValue>[];
    if (fields.size !== others.size) return false;
    return [...fields].every(([key, field]) => {
      const partner = others.get(key);
      return partner !== undefined && areEqual(field, partner);
    });
  }
  return one.value === other.value;
}

const NUMBERS: ReadonlySet<string> = new Set(['IntegerValue', 'FloatValue', 'BooleanValue']);

/** As Python's `repr`. */
function representation({ type, value }: RuntimeValue): string {
  switch (type) {
    case 'NullValue':
      return 'None';
    case 'UndefinedValue':
      return 'Undefined';
    case 'BooleanValue':
      return value === true ? 'True' : 'False';
    case 'FloatValue':
      return float(Number(value));
    case 'StringValue':
      return quoted(String(value));
    case 'ArrayValue':
      return `[${items(value)}]`;
    case 'TupleValue':
      return `(${items(value)}${(value as readonly unknown[]).length === 1 ? ',' : ''})`;
    case 'ObjectValue':
      return `{${[...(value as ReadonlyMap<string, RuntimeValue>)].map(([key, each]) => `${quoted(key)}: ${representation(each)}`).join(', ')}}`;
    case 'IntegerValue':
      return String(value);
    default:
      throw new Error('it writes out a function, or a macro, without calling it');
  }
}

const items = (values: unknown): string => (values as readonly RuntimeValue[]).map(representation).join(', ');

/** The shortest decimal that is this number; from 10^16 on, and below 10^-4, with an exponent of two digits or more. */
export function float(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'nan' : x < 0 ? '-inf' : 'inf';
  const size = Math.abs(x);
  if (x !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [digits, exponent] = x.toExponential().split('e') as [string, string];
    return `${digits}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, '0')}`;
  }
  return Number.isInteger(x) ? `${Object.is(x, -0) ? '-0' : x}.0` : String(x);
}

/** In single quotes, or in double ones where that saves escapes. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(UNPRINTED, (character) => ESCAPES[character] ?? hex(character));
  return `${quote}${escaped.replaceAll(quote, `\\${quote}`)}${quote}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** What Python does not print: all but letters, marks, numbers, punctuation, symbols and the blank. */
const UNPRINTED = /(?! )[\p{C}\p{Z}\\]/gu;

function hex(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const [letter, digits] = code < 0x100 ? ['x', 2] : code < 0x10000 ? ['u', 4] : ['U', 8];
  return `\\${letter}${code.toString(16).padStart(digits, '0')}`;
}
