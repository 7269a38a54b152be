/** Values as JSON, as Python’s `json.dumps` writes them. */
import { float } from './python-values';
import { order } from './text';
import { asWords, fieldsOf, kindOf, numberOf, partsOf, textOf, type Value } from './values';

export interface JsonStyle {
  readonly isAscii: boolean;
  /** what a line is moved by for each level; null: all in one line */
  readonly indent: string | null;
  /** what is between items, and between a key and its value */
  readonly separators: readonly [string, string];
  readonly isSorted: boolean;
}

/** @throws Error for what JSON has no words for */
export function asJson(value: Value, style: JsonStyle, before = ''): string {
  const [between, colon] = style.separators;
  const inside = style.indent === null ? '' : `${before}${style.indent}`;
  const around = (items: readonly string[], open: string, close: string): string => {
    if (items.length === 0) return open + close;
    if (style.indent === null) return open + items.join(between) + close;
    return `${open}\n${inside}${items.join(`${between}\n${inside}`)}\n${before}${close}`;
  };
  const kind = kindOf(value);
  switch (kind) {
    case 'none':
      return 'null';
    case 'bool':
    case 'int':
      return String(kind === 'bool' ? value.value === true : numberOf(value));
    case 'float':
      return constant(numberOf(value)) ?? float(numberOf(value));
    case 'text':
      return quoted(textOf(value), style.isAscii);
    case 'list':
    case 'tuple':
      return around(
        partsOf(value).map((part) => asJson(part, style, inside)),
        '[',
        ']',
      );
    case 'dict': {
      const fields = [...fieldsOf(value)];
      if (style.isSorted) fields.sort(([one], [other]) => order(one, other));
      return around(
        fields.map(([key, field]) => quoted(key, style.isAscii) + colon + asJson(field, style, inside)),
        '{',
        '}',
      );
    }
    default:
      throw new Error(`JSON has no words for ${asWords(value)}`);
  }
}

const constant = (x: number): string | null => (Number.isFinite(x) ? null : Number.isNaN(x) ? 'NaN' : x > 0 ? 'Infinity' : '-Infinity');

function quoted(text: string, isAscii: boolean): string {
  const written = JSON.stringify(text);
  return isAscii ? written.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) : written;
}
