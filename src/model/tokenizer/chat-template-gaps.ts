/**
 * What the library renders otherwise than Jinja, or refuses, and templates use: `capitalize` (it leaves the letters after the first as they are),
 * `strip`, `lstrip` and `rstrip` with characters (it strips white space), `map` with the name of a filter (it refuses), `selectattr` and
 * `rejectattr` by `==` (it refuses), the equality of values of two kinds (that of JavaScript) and of lists, the rest of a negative number, and what is written of true, false, none and lists, which is Python's. They become
 * calls of functions that are given with the conversation, or, the rest, arithmetic that comes to Python's.
 */
import type { Template } from '@huggingface/jinja';
import { areEqual, asPythonWrites, type RuntimeValue } from './python-values';

/** Any node of a parsed template. */
type Node = Record<string, unknown> & { readonly type: string };

const NAMES = {
  capitalize: '__capitalize',
  strip: '__strip',
  map: '__map',
  written: '__written',
  equal: '__equal',
  unequal: '__unequal',
} as const;
const STRIPS = ['strip', 'lstrip', 'rstrip'] as const;
const SELECTS = ['selectattr', 'rejectattr'] as const;

/** Filters of texts that `map` may name. */
const MAPPED: Readonly<Record<string, (text: string) => unknown>> = {
  capitalize,
  length: (text) => text.length,
  lower: (text) => text.toLowerCase(),
  string: (text) => text,
  trim: (text) => text.trim(),
  upper: (text) => text.toUpperCase(),
};

/** The functions, by the names under which templates whose gaps are filled call them. */
export const GAP_FILLERS: Readonly<Record<string, (...given: never[]) => unknown>> = {
  [NAMES.capitalize]: capitalize,
  [NAMES.strip]: strip,
  [NAMES.written]: ([value]: readonly [RuntimeValue]) => asPythonWrites(value),
  [NAMES.equal]: ([one, other]: readonly [RuntimeValue, RuntimeValue]) => areEqual(one, other),
  [NAMES.unequal]: ([one, other]: readonly [RuntimeValue, RuntimeValue]) => !areEqual(one, other),
  [NAMES.map]: (items: readonly { readonly value: string }[], name: string) => items.map(({ value }) => MAPPED[name]?.(value)),
};

/** Rewrites a template that was parsed. */
export function fillGaps(template: Template): void {
  rewrite(template.parsed as unknown as Node);
}

/** Rewrites all parts of a node, and the node itself. @returns what takes its place */
function rewrite(node: Node): Node {
  for (const [key, value] of Object.entries(node)) {
    if (isNode(value)) node[key] = rewrite(value);
    else if (Array.isArray(value)) {
      const nodes = value.map((item: unknown) => (isNode(item) ? rewrite(item) : item));
      node[key] = WRITTEN.has(key) ? nodes.map((item) => (isNode(item) && !UNWRITTEN.has(item.type) ? written(item) : item)) : nodes;
    }
  }
  return filled(node) ?? node;
}

/** Lists of nodes whose values are written out, one after the other. */
const WRITTEN: ReadonlySet<string> = new Set(['body', 'alternate', 'defaultBlock']);

/** Nodes in such lists without a value that is written out: statements, and text, which stays as it is. */
const UNWRITTEN: ReadonlySet<string> = new Set([
  ...['Break', 'CallStatement', 'Comment', 'Continue', 'FilterStatement', 'For', 'If', 'Macro', 'Program', 'Set', 'StringLiteral'],
]);

/** What is written of a value. */
const written = (node: Node): Node => call(NAMES.written, [listOf(node)]);

/** A list of values: within it they arrive with their types, and 2.0 is not 2. */
const listOf = (...value: readonly Node[]): Node => ({ type: 'ArrayLiteral', value: [...value] });

/** A call in the place of a node that the library renders otherwise; null for any other. */
function filled(node: Node): Node | null {
  const { type, operand, filter, callee, args, left, right, operator } = node;
  if (type === 'BinaryExpression' && isNode(left) && isNode(right) && isNode(operator)) {
    switch (operator['value']) {
      case '~':
        return { ...node, operator: { ...operator, value: '+' }, left: written(left), right: written(right) };
      case '==':
        return call(NAMES.equal, [listOf(left, right)]);
      case '!=':
        return call(NAMES.unequal, [listOf(left, right)]);
      case '%': {
        // As Python's, it has the sign of what is divided by.
        const plus = { ...operator, value: '+' };
        return { ...node, left: { ...node, operator: plus, left: node, right } };
      }
    }
  }
  if (type === 'FilterExpression' && isNode(operand) && isNode(filter)) {
    if (isNamed(filter, 'capitalize')) return call(NAMES.capitalize, [operand]);
    if (isNamed(filter, 'string')) return written(operand);
    if (filter.type === 'CallExpression' && isNode(filter['callee']) && SELECTS.some((name) => isNamed(filter['callee'] as Node, name))) {
      const [attribute, test, ...others] = filter['args'] as readonly unknown[];
      if (!isNode(test) || test['value'] !== '==') return null;
      return { ...node, filter: { ...filter, args: [attribute, { ...test, value: 'equalto' }, ...others] } };
    }
    const [name] = Array.isArray(filter['args']) ? (filter['args'] as unknown[]) : [];
    const isMap = filter.type === 'CallExpression' && isNode(filter['callee']) && isNamed(filter['callee'], 'map');
    return isMap && isNode(name) && name.type === 'StringLiteral' && String(name['value']) in MAPPED
      ? call(NAMES.map, [operand, name])
      : null;
  }
  if (type !== 'CallExpression' || !isNode(callee) || callee.type !== 'MemberExpression' || callee['computed'] === true) return null;
  const { object, property } = callee;
  if (!isNode(object) || !isNode(property) || !Array.isArray(args)) return null;
  if (isNamed(property, 'capitalize')) return call(NAMES.capitalize, [object]);
  const stripped = STRIPS.find((name) => isNamed(property, name));
  if (stripped === undefined || args.length === 0) return null;
  return call(NAMES.strip, [object, args[0] as Node, { type: 'StringLiteral', value: stripped }]);
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const isNamed = (node: Node, name: string): boolean => node.type === 'Identifier' && node['value'] === name;

const call = (name: string, args: readonly Node[]): Node => ({
  type: 'CallExpression',
  callee: { type: 'Identifier', value: name },
  args: [...args],
});

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}

/** As Python's: any of these characters goes, from either end or from one. */
function strip(text: string, characters: string, from: (typeof STRIPS)[number]): string {
  const goes = new Set(characters);
  const letters = [...text];
  let [start, end] = [0, letters.length];
  if (from !== 'rstrip') while (start < end && goes.has(letters[start] ?? '')) start++;
  if (from !== 'lstrip') while (end > start && goes.has(letters[end - 1] ?? '')) end--;
  return letters.slice(start, end).join('');
}
