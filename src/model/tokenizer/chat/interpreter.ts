/**
 * The interpreter of the template library, less what it does otherwise than Python’s Jinja: it reads templates and walks through statements;
 * values, their parts, methods, operators, tests and filters are Python’s, and what is not known is refused.
 */
import { Interpreter, type Environment, type Template } from '@huggingface/jinja';
import type { Arguments } from './arguments';
import { filterNamed } from './filters';
import { methodOf } from './methods';
import { operated } from './operators';
import { areEqual, asPythonWrites } from './python-values';
import { isIn, testNamed } from './tests';
import {
  asWords,
  characters,
  fieldsOf,
  isDict,
  isSequence,
  isText,
  isTrue,
  isUndefined,
  itemsOf,
  kindOf,
  list,
  made,
  numberOf,
  partsOf,
  textOf,
  tuple,
  type Node,
  type Value,
} from './values';

/** A value in the place of a part of a template. */
const known = (value: Value): Node => ({ type: 'Known', value });

export class PythonInterpreter extends Interpreter {
  override evaluate(node: Parameters<Interpreter['evaluate']>[0], environment: Environment): Value {
    const part = node as unknown as Node | undefined;
    const own = part === undefined ? undefined : this.own(part, environment);
    return own ?? super.evaluate(node, environment);
  }

  /** The value of a part that is Python’s; undefined for one that the library evaluates. */
  private own(node: Node, environment: Environment): Value | undefined {
    const at = (part: unknown): Value => this.evaluate(part as never, environment);
    const library = (changes: Readonly<Record<string, unknown>>): Value => super.evaluate(changed(node, changes), environment);
    switch (node.type) {
      case 'Known':
        return node['value'] as Value;
      case 'Identifier':
        // The library gives macros a list.
        return nameOf(node) === 'varargs' ? asTuple(library({})) : undefined;
      case 'Written':
        return made(asPythonWrites(at(node['value'])));
      case 'Scope':
        return super.evaluate(
          { type: 'Program', body: node['body'] } as never,
          new (environment.constructor as typeof Environment)(environment),
        );
      case 'MemberExpression':
        return this.member(node, at(node['object']), environment);
      case 'CallExpression':
        return this.called(node, environment);
      case 'BinaryExpression':
        return this.binary(node, at);
      case 'TestExpression': {
        const is = testNamed(nameOf(node['test']))(at(node['operand']), undefined);
        return made(is !== (node['negate'] === true));
      }
      case 'FilterExpression':
        return this.filtered(at(node['operand']), node['filter'] as Node, environment);
      case 'FilterStatement': {
        const text = super.evaluate({ type: 'Program', body: node['body'] } as never, environment);
        return this.filtered(text, node['filter'] as Node, environment);
      }
      case 'For':
        return library(this.loop(node, environment));
      case 'Macro':
        return this.macro(node, environment);
      default:
        return undefined;
    }
  }

  /** A part of a value: as an attribute its method or its field, in brackets its item. @throws Error for a part of what is not defined */
  private member(node: Node, object: Value, environment: Environment): Value {
    const property = node['property'] as Node;
    if (isUndefined(object)) throw new Error(`${wordsOf(node['object'] as Node)} is not defined`);
    if (property.type === 'SliceExpression' || property.type === 'IntegerLiteral') return this.item(node, object, environment);
    const isAttribute = node['computed'] !== true;
    const key = isAttribute ? made(nameOf(property)) : this.evaluate(property, environment);
    if (!isText(key)) return this.item({ ...node, property: known(key) }, object, environment);
    const name = textOf(key);
    const field = isDict(object) || kindOf(object) === 'namespace' ? fieldsOf(object).get(name) : undefined;
    // The library makes an object of a loop, whose other parts are left out there.
    if (field === undefined && nameOf(node['object']) === 'loop' && isDict(object)) throw new Error(`loop.${name} cannot be rendered`);
    if (!isAttribute && field !== undefined) return field;
    if (methodOf(object, name) !== undefined) throw new Error(`the method “${name}” is not called`);
    return field ?? made(undefined);
  }

  /** An item, or several. */
  private item(node: Node, object: Value, environment: Environment): Value {
    const property = node['property'] as Node;
    const item = (index: Value): Value => {
      const from = isText(object) ? characters(textOf(object)).map(made) : isSequence(object) ? partsOf(object) : [];
      return (kindOf(index) === 'int' ? from.at(numberOf(index)) : undefined) ?? made(undefined);
    };
    if (property.type !== 'SliceExpression') return item(this.evaluate(property, environment));
    const taken = super.evaluate(changed(node, { object: known(object) }), environment);
    return kindOf(object) === 'tuple' ? asTuple(taken) : taken;
  }

  private called(node: Node, environment: Environment): Value {
    const callee = node['callee'] as Node;
    const call = (value: Value): Value => {
      if (kindOf(value) !== 'function') throw new Error(`${wordsOf(callee)} is called, which is ${asWords(value)}`);
      return super.evaluate(changed(node, { callee: known(value) }), environment);
    };
    if (callee.type !== 'MemberExpression' || callee['computed'] === true) return call(this.evaluate(callee, environment));
    const object = this.evaluate(callee['object'] as never, environment);
    const method = isUndefined(object) ? undefined : methodOf(object, nameOf(callee['property']));
    if (method !== undefined) return method(object, this.given(node['args'], environment));
    return call(this.member(callee, object, environment));
  }

  private binary(node: Node, at: (part: unknown) => Value): Value {
    const { left, right, operator } = node;
    const sign = String((operator as Node)['value']);
    const first = at(left);
    if (sign === 'and') return isTrue(first) ? at(right) : first;
    if (sign === 'or') return isTrue(first) ? first : at(right);
    const second = at(right);
    switch (sign) {
      case '==':
        return made(areEqual(first, second));
      case '!=':
        return made(!areEqual(first, second));
      case 'in':
        return made(isIn(first, second));
      case 'not in':
        return made(!isIn(first, second));
      case '~':
        return made(asPythonWrites(first) + asPythonWrites(second));
      default:
        return operated(sign, first, second);
    }
  }

  private filtered(value: Value, filter: Node, environment: Environment): Value {
    const isCall = filter.type === 'CallExpression';
    return filterNamed(nameOf(isCall ? filter['callee'] : filter))(value, this.given(isCall ? filter['args'] : [], environment));
  }

  /** What is set in a turn of a loop is forgotten after it; texts, and what is not defined, can be gone through. */
  private loop(node: Node, environment: Environment): Readonly<Record<string, unknown>> {
    const { iterable, loopvar, body } = node as unknown as { iterable: Node; loopvar: Node; body: readonly Node[] };
    const selects = iterable.type === 'SelectExpression';
    const items = itemsOf(this.evaluate((selects ? iterable['lhs'] : iterable) as never, environment));
    // The library takes lists apart, and not tuples.
    const each = loopvar.type === 'TupleLiteral' ? items.map((item) => (kindOf(item) === 'tuple' ? list(partsOf(item)) : item)) : items;
    const among = known(list(each));
    return { iterable: selects ? { ...iterable, lhs: among } : among, body: [{ type: 'Scope', body }] };
  }

  /** A macro sees what there is where it is written, and not what there is where it is called. */
  private macro(node: Node, environment: Environment): Value {
    const nothing = super.evaluate(node, environment);
    const made = environment.lookupVariable(nameOf(node['name'])) as unknown as {
      value: (args: readonly Value[], scope: Environment) => Value;
    };
    const run = made.value;
    made.value = (args, scope) => {
      const caller = scope.variables.get('caller');
      const around = new (environment.constructor as typeof Environment)(environment);
      if (caller !== undefined) around.setVariable('caller', caller);
      return run(args, around);
    };
    return nothing;
  }

  private given(args: unknown, environment: Environment): Arguments {
    const positional: Value[] = [];
    const named = new Map<string, Value>();
    for (const each of args as readonly Node[]) {
      if (each.type === 'SpreadExpression' || each.type === 'KeywordSpreadExpression')
        throw new Error('arguments that are spread cannot be rendered here');
      if (each.type === 'KeywordArgumentExpression') named.set(nameOf(each['key']), this.evaluate(each['value'] as never, environment));
      else positional.push(this.evaluate(each, environment));
    }
    return { positional, named };
  }
}

const changed = (node: Node, changes: Readonly<Record<string, unknown>>): Node => ({ ...node, ...changes });

const asTuple = (value: Value): Value => (isSequence(value) ? tuple(partsOf(value)) : value);

const nameOf = (node: unknown): string => String((node as Node)['value']);

/** A part of a template as it may be written, for messages. */
function wordsOf(node: Node): string {
  if (node.type === 'Identifier') return `“${nameOf(node)}”`;
  if (node.type !== 'MemberExpression') return 'a value';
  const { object, property, computed } = node as unknown as { object: Node; property: Node; computed: boolean };
  const name = property.type === 'Identifier' || property.type === 'StringLiteral' ? nameOf(property) : '…';
  const of = wordsOf(object).replace(/^“|”$/g, '');
  return `“${of === 'a value' ? '…' : of}${computed ? `['${name}']` : `.${name}`}”`;
}

/** Marks what a template writes out, so that it is written as Python writes it, lists of statements within statements included. */
export function markWritten(template: Template): void {
  mark(template.parsed as unknown as Node);
}

/** Lists of nodes whose values are written out, one after the other. */
const LISTS = ['body', 'alternate', 'defaultBlock'];

/** Nodes in such lists without a value that is written out: statements, and text, which stays as it is. */
const UNWRITTEN: ReadonlySet<string> = new Set([
  ...['Break', 'CallStatement', 'Comment', 'Continue', 'FilterStatement', 'For', 'If', 'Macro', 'Program', 'Set', 'StringLiteral'],
]);

/** It stays an instance of a class of the library, which looks into such for what macros use. */
const written = (node: Node): Node =>
  Object.assign(Object.create(Object.getPrototypeOf(node) as object) as Node, { type: 'Written', value: node });

function mark(node: Node): void {
  for (const key of LISTS) {
    const nodes = node[key];
    if (!Array.isArray(nodes)) continue;
    node[key] = (nodes as Node[]).map((each) => {
      mark(each);
      return UNWRITTEN.has(each.type) ? each : written(each);
    });
  }
}
