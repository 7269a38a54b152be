import type { Config } from './family';

/** A config that remembers which of its fields have been asked for. */
export function recorded(config: Config): { readonly config: Config; readonly read: ReadonlySet<string> } {
  const read = new Set<string>();
  const watched = new Proxy(config, {
    get(target, field, receiver): unknown {
      if (typeof field === 'string' && Object.hasOwn(target, field)) read.add(field);
      return Reflect.get(target, field, receiver);
    },
  });
  return { config: watched, read };
}
