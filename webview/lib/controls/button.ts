/** Buttons of the controls' toolkit. */
import { nothing, type TemplateResult } from 'lit-html';
import { ifDefined } from 'lit-html/directives/if-defined.js';
import { html } from '../dom/html';
import { icon, type IconName } from '../dom/icon';

export interface ButtonOptions {
  /** What it says; with an icon, what it is called. */
  readonly label: string;
  /** What it is called, where that is more than what it says. */
  readonly spoken?: string;
  readonly icon?: IconName;
  readonly look?: 'primary' | 'secondary';
  readonly testId?: string;
  readonly hidden?: boolean;
  readonly disabled?: boolean;
  readonly press: (event: Event) => void;
  readonly keydown?: (event: KeyboardEvent) => void;
}

/** A button: of text, or of an icon that has a name. */
export function button(options: ButtonOptions): TemplateResult {
  const { label, look = 'secondary' } = options;
  return html`<vscode-button
    appearance=${options.icon ? 'icon' : look}
    data-testid=${ifDefined(options.testId)}
    aria-label=${options.spoken ?? (options.icon ? label : nothing)}
    title=${options.icon ? label : nothing}
    ?hidden=${options.hidden}
    ?disabled=${options.disabled}
    @click=${options.press}
    @keydown=${options.keydown}
    >${options.icon ? icon(options.icon) : label}</vscode-button
  >`;
}
