/** What a function, a filter or a method is given. */
import type { Value } from './values';

export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** Arguments by the names of parameters; undefined for one that is not given. @throws Error for one too many, and for a name of no parameter */
export function bound<Name extends string>(
  what: string,
  { positional, named }: Arguments,
  ...names: readonly Name[]
): Partial<Record<Name, Value>> {
  if (positional.length > names.length) throw new Error(`${what} takes no more than ${names.length} arguments`);
  const values: Partial<Record<string, Value>> = Object.fromEntries(positional.map((value, i) => [names[i], value]));
  for (const [name, value] of named) {
    if (!(names as readonly string[]).includes(name)) throw new Error(`${what} takes no argument “${name}”`);
    values[name] = value;
  }
  return values;
}
