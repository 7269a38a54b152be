/** The one way in which this page makes elements. Text is always set as text, so that a token can hold any markup. */

type Listeners = { readonly [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void };

/** What an element is given besides its children. */
export interface Properties {
  readonly class?: string;
  /** `data-testid`, a stable name for tests */
  readonly testId?: string;
  readonly text?: string;
  /** Attributes; null and false are left out, true is the empty string. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | null>>;
  readonly on?: Listeners;
}

type Child = Node | string | null;

/** Makes an element. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (properties.class !== undefined) made.className = properties.class;
  if (properties.testId !== undefined) made.dataset['testid'] = properties.testId;
  if (properties.text !== undefined) made.textContent = properties.text;
  setAttributes(made, properties.attributes ?? {});
  for (const [type, listener] of Object.entries(properties.on ?? {})) {
    made.addEventListener(type, listener as EventListener);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Sets, or with null and false removes, attributes. */
export function setAttributes(on: Element, attributes: NonNullable<Properties['attributes']>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) on.removeAttribute(name);
    else on.setAttribute(name, value === true ? '' : String(value));
  }
}
