// cspell:ignore NEWTRUE NEWFALSE BININT BINFLOAT BINUNICODE BINSTRING BINBYTES SETITEM SETITEMS BINPUT BINGET BINPERSID
/**
 * A reader of the pickles that `torch.save` writes. A pickle is a program; this machine knows numbers, texts, lists, dictionaries and
 * tensors, and nothing else. Names are compared, never looked up, so nothing that a file brings along can run.
 * https://github.com/python/cpython/blob/main/Lib/pickletools.py describes every operation.
 */
import { Problem } from '../../../core/problem';
import { Cursor } from '../cursor';
import { CLASSES, DATA, OTHER_TENSORS, PARAMETERS, TENSOR_V2, TENSOR_V3, WITH_ATTRIBUTES } from './names';
import { namedType, rebuildTensor, Storage, TorchName, TorchTensor, type PickleValue } from './rebuild';

/** Where in a stack the items of a collection begin. */
const MARK = Symbol('mark');

/** Values that are held at once; a pickle of ten thousand tensors remembers some hundred thousand. */
const MOST_VALUES = 2_000_000;

/** What a pickle holds, and where in the bytes it ends. */
export interface Unpickled {
  readonly value: PickleValue;
  readonly end: number;
}

/**
 * Reads one pickle.
 * @param bytes of which it is read from `start` on
 * @param name what messages call the file
 * @param onStorage told of every store of numbers that it mentions
 * @throws Problem `weights-invalid` for one that is damaged, or asks for anything but data; CutShort where the bytes end before it does
 */
export function unpickle(bytes: Buffer, start: number, name: string, onStorage?: (storage: Storage) => void): Unpickled {
  const cursor = new Cursor(bytes, start);
  return { value: new Machine(cursor, name, onStorage, Math.min(bytes.length, MOST_VALUES)).run(), end: cursor.at };
}

class Machine {
  readonly #stack: (PickleValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(
    private readonly cursor: Cursor,
    private readonly name: string,
    private readonly onStorage: ((storage: Storage) => void) | undefined,
    /** how many entries its dictionaries may have together: each is written with some bytes */
    private entriesLeft: number,
  ) {}

  run(): PickleValue {
    for (;;) {
      const operation = this.cursor.byte();
      if (operation === 0x2e) return this.pop();
      this.step(operation);
    }
  }

  private step(operation: number): void {
    const { cursor } = this;
    switch (operation) {
      case 0x80: // PROTO
        cursor.byte();
        return;
      case 0x95: // FRAME
        cursor.long(8);
        return;
      case 0x28: // MARK
        return this.push(MARK);
      case 0x30: // POP
        this.#stack.pop();
        return;
      case 0x31: // POP_MARK
        this.popToMark();
        return;
      case 0x32: // DUP
        return this.push(this.top());
      case 0x4e: // NONE
        return this.push(null);
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        return this.push(operation === 0x88);
      case 0x4a: // BININT
        return this.push(cursor.int32());
      case 0x4b: // BININT1
        return this.push(cursor.byte());
      case 0x4d: // BININT2
        return this.push(cursor.size(2));
      case 0x8a: // LONG1
        return this.push(cursor.long(cursor.byte()));
      case 0x47: // BINFLOAT
        return this.push(cursor.double());
      case 0x58: // BINUNICODE
        return this.push(cursor.text(cursor.size(4)));
      case 0x8c: // SHORT_BINUNICODE
        return this.push(cursor.text(cursor.byte()));
      case 0x8d: // BINUNICODE8
        return this.push(cursor.text(cursor.size(8)));
      case 0x54: // BINSTRING
        return this.push(cursor.text(cursor.size(4)));
      case 0x55: // SHORT_BINSTRING
        return this.push(cursor.text(cursor.byte()));
      case 0x42: // BINBYTES
        return this.push(cursor.take(cursor.size(4)));
      case 0x43: // SHORT_BINBYTES
        return this.push(cursor.take(cursor.byte()));
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        return this.push([]);
      case 0x74: // TUPLE
      case 0x6c: // LIST
        return this.push(this.popToMark());
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.push(this.popSome(operation - 0x84));
      case 0x7d: // EMPTY_DICT
        return this.push(new Map());
      case 0x64: // DICT
        return this.push(this.filled(new Map(), this.popToMark()));
      case 0x61: // APPEND
        return this.append(this.popSome(1));
      case 0x65: // APPENDS
        return this.append(this.popToMark());
      case 0x73: // SETITEM
        return this.setItems(this.popSome(2));
      case 0x75: // SETITEMS
        return this.setItems(this.popToMark());
      case 0x71: // BINPUT
        return this.remember(cursor.byte());
      case 0x72: // LONG_BINPUT
        return this.remember(cursor.size(4));
      case 0x94: // MEMOIZE
        return this.remember(this.#memo.size);
      case 0x68: // BINGET
        return this.recall(cursor.byte());
      case 0x6a: // LONG_BINGET
        return this.recall(cursor.size(4));
      case 0x63: // GLOBAL
        return this.pushName(cursor.line(), cursor.line());
      case 0x93: {
        // STACK_GLOBAL
        const [module, attribute] = this.popSome(2);
        if (typeof module !== 'string' || typeof attribute !== 'string') throw this.damaged('a name is not a text');
        return this.pushName(module, attribute);
      }
      case 0x51: {
        // BINPERSID
        const storage = Storage.from(this.pop());
        if (storage === undefined) throw this.damaged('a tensor’s numbers are described in a way that is not known');
        this.onStorage?.(storage);
        return this.push(storage);
      }
      case 0x52: {
        // REDUCE
        const [callee, values] = this.popSome(2);
        return this.push(this.called(callee, values));
      }
      case 0x62: {
        // BUILD: attributes of an object. Those of a dictionary say nothing about what it holds.
        this.pop();
        if (!(this.top() instanceof Map)) throw this.code('the state of an object');
        return;
      }
      default:
        throw this.code(`operation 0x${operation.toString(16)}`);
    }
  }

  /** What calling a name would yield, for the few names that stand for data. */
  private called(callee: PickleValue | undefined, values: PickleValue | undefined): PickleValue {
    const name = callee instanceof TorchName ? callee.name : 'an object';
    if (!Array.isArray(values)) throw this.damaged(`${name} is called without its values`);
    if (name === 'collections.OrderedDict') {
      if (values.length === 0) return new Map();
      const [pairs] = values;
      if (values.length === 1 && Array.isArray(pairs) && pairs.every(isPair)) return this.filled(new Map(), this.listed(pairs));
    } else if (name === 'torch.Size') {
      if (values.length === 1 && Array.isArray(values[0])) return values[0];
    } else if (PARAMETERS.has(name)) {
      if (values[0] instanceof TorchTensor) return values[0];
    } else if (name === WITH_ATTRIBUTES) {
      const [rebuild, type, own] = values;
      const isKnown =
        rebuild instanceof TorchName && rebuild.name !== WITH_ATTRIBUTES && type instanceof TorchName && CLASSES.has(type.name);
      if (isKnown) return this.called(rebuild, own);
    } else if (name === TENSOR_V2 || name === TENSOR_V3) {
      const tensor = rebuildTensor(values, name === TENSOR_V2 ? 2 : 3);
      if (tensor) return tensor;
    } else {
      throw this.code(`a call of ${name}`);
    }
    throw this.damaged(`${name} is called with values that it does not take`);
  }

  private pushName(module: string, attribute: string): void {
    const name = `${module}.${attribute}`;
    const other = OTHER_TENSORS.get(name);
    if (other !== undefined) {
      const [what, hint] = other;
      throw new Problem('weights-invalid', `${this.name} holds ${what} (${name}), which cannot be read.`, hint);
    }
    if (!DATA.has(name) && namedType(name) === undefined) throw this.code(name);
    this.push(new TorchName(name));
  }

  private append(items: PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.damaged('something is appended to what is not a list');
    for (const item of items) list.push(item);
  }

  private setItems(items: PickleValue[]): void {
    const map = this.top();
    if (!(map instanceof Map)) throw this.damaged('an entry is put into what is not a dictionary');
    this.filled(map, items);
  }

  private filled(map: Map<PickleValue, PickleValue>, items: PickleValue[]): Map<PickleValue, PickleValue> {
    if (items.length % 2 !== 0) throw this.damaged('a key lacks its value');
    this.spend(items.length / 2);
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
    return map;
  }

  /** Keys and values of pairs, one after the other. */
  private listed(pairs: readonly (readonly [PickleValue, PickleValue])[]): PickleValue[] {
    this.spend(pairs.length);
    return pairs.flat();
  }

  /** Something that is repeated by a reference takes few bytes and much time. */
  private spend(entries: number): void {
    this.entriesLeft -= entries;
    if (this.entriesLeft < 0) throw this.endless();
  }

  private remember(key: number): void {
    if (this.#memo.size >= MOST_VALUES) throw this.endless();
    this.#memo.set(key, this.top());
  }

  private recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw this.damaged('it refers to what it does not hold');
    this.push(value);
  }

  private push(value: PickleValue | typeof MARK): void {
    if (this.#stack.length >= MOST_VALUES) throw this.endless();
    this.#stack.push(value);
  }

  private pop(): PickleValue {
    const [value] = this.popSome(1);
    return value;
  }

  private top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.damaged('it uses what it does not hold');
    return value;
  }

  /** The last `count` values, which are as many. */
  private popSome(count: number): PickleValue[] {
    const values = this.#stack.splice(Math.max(0, this.#stack.length - count), count);
    if (values.length < count || values.includes(MARK)) throw this.damaged('it uses what it does not hold');
    return values as PickleValue[];
  }

  private popToMark(): PickleValue[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.damaged('a collection has no beginning');
    const values = this.#stack.splice(at + 1) as PickleValue[];
    this.#stack.pop();
    return values;
  }

  private endless(): Problem {
    return this.damaged('it describes more values than any model has');
  }

  private damaged(what: string): Problem {
    return new Problem('weights-invalid', `${this.name} is damaged: ${what}.`, 'Fetch the file again, or save it again with torch.save().');
  }

  private code(what: string): Problem {
    return new Problem(
      'weights-invalid',
      `${this.name} contains code, and VISIT does not run it (${what}).`,
      'Use the safetensors of the same model. If you trust the file, save its tensors alone in Python: torch.save(model.state_dict(), file).',
    );
  }
}

const isPair = (value: PickleValue): value is [PickleValue, PickleValue] => Array.isArray(value) && value.length === 2;
