/**
 * The page's form controls. The only file that knows the toolkit they are made with, so that it can be exchanged in an
 * afternoon: everything else sees plain elements and the functions below.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
  type Dropdown,
  type Option,
  type TextField,
} from '@vscode/webview-ui-toolkit';

/** Defines the controls' elements; call once, before any is made. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption(), vsCodeTextField());
}

export interface TextFieldOptions {
  readonly label: string;
  readonly testId?: string;
  /** Called with the text when it is committed by Enter or by leaving the field. */
  readonly commit: (text: string) => void;
}

/** A line of text. */
export interface TextControl {
  readonly element: HTMLElement;
  show(text: string, placeholder: string): void;
}

export function textField(options: TextFieldOptions): TextControl {
  const made = document.createElement('vscode-text-field') as TextField;
  made.setAttribute('spellcheck', 'false');
  if (options.testId !== undefined) made.dataset['testid'] = options.testId;
  let shown = '';
  const commit = (): void => {
    if (made.value === shown) return;
    shown = made.value;
    options.commit(made.value);
  };
  made.addEventListener('change', commit);
  made.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') commit();
    if (event.key === 'Escape') made.value = shown;
  });
  return {
    element: made,
    show(text, placeholder) {
      made.setAttribute('aria-label', options.label); // not before: connecting the element overwrites it
      made.placeholder = placeholder;
      if (text === shown && document.activeElement === made) return; // somebody is typing
      shown = text;
      made.value = text;
    },
  };
}

export interface ChoiceOptions<T extends string> {
  readonly label: string;
  readonly choices: readonly (readonly [value: T, name: string])[];
  readonly testId?: string;
  readonly choose: (value: T) => void;
}

/** One of a few. */
export interface ChoiceControl<T extends string> {
  readonly element: HTMLElement;
  show(value: T): void;
}

export function dropdown<T extends string>(options: ChoiceOptions<T>): ChoiceControl<T> {
  const made = document.createElement('vscode-dropdown') as Dropdown;
  made.setAttribute('aria-label', options.label);
  if (options.testId !== undefined) made.dataset['testid'] = options.testId;
  for (const [value, name] of options.choices) {
    const option = document.createElement('vscode-option') as Option;
    option.setAttribute('value', value);
    option.textContent = name;
    made.append(option);
  }
  made.addEventListener('change', () => {
    const chosen = options.choices.find(([value]) => value === made.value);
    if (chosen) options.choose(chosen[0]);
  });
  return {
    element: made,
    show(value) {
      if (made.value !== value) made.value = value;
    },
  };
}
