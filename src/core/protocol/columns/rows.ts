/**
 * Values that are made out of columns, by the row, when they are read. Most of a graph is never looked at: its host looks at the stream's
 * last reading, and its page at the lists of those nodes that the pointer passes over.
 */

/** Values of a column. */
export interface Rows {
  /** The value in a row. What is not deferred is made again whenever it is asked for. */
  readonly at: (row: number) => unknown;
  /** An object is to read it through an accessor, when it is itself read. */
  readonly isDeferred?: boolean;
}

/** Values that are made when they are first read, and the same ones from then on. */
export function deferred(make: (row: number) => object): Rows {
  const made: (object | undefined)[] = [];
  return { at: (row) => (made[row] ??= make(row)), isDeferred: true };
}

/**
 * Makes objects of one shape, by their rows. An accessor is in every other way a property as any: enumerated, cloned, and written as
 * JSON.
 */
export function objectMaker(keys: readonly string[], values: readonly Rows[]): (row: number) => object {
  const rows = new WeakMap<object, number>();
  const accessors = values.map((column) => (column.isDeferred === true ? accessor(column, rows) : undefined));
  const hasAccessors = accessors.some((property) => property !== undefined);
  return (row) => {
    const object: Record<string, unknown> = {};
    for (let i = 0; i < keys.length; i++) {
      const property = accessors[i];
      if (property === undefined) object[keys[i]] = values[i].at(row);
      else Object.defineProperty(object, keys[i], property);
    }
    if (hasAccessors) rows.set(object, row);
    return object;
  };
}

/** One for all objects: with one for each they would be as slow as dictionaries. */
function accessor(column: Rows, rows: WeakMap<object, number>): PropertyDescriptor & ThisType<object> {
  return {
    enumerable: true,
    configurable: true,
    get() {
      const row = rows.get(this);
      return row === undefined ? undefined : column.at(row);
    },
  };
}
