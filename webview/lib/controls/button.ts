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
  /** why it cannot be pressed now; absent: it can */
  readonly disabled?: string | undefined;
  readonly press: (event: Event) => void;
  readonly keydown?: (event: KeyboardEvent) => void;
}

/** A button: of text, or of an icon that has a name. */
export function button(options: ButtonOptions): TemplateResult {
  const { label, look = 'secondary', disabled } = options;
  return html`<vscode-button
    appearance=${options.icon ? 'icon' : look}
    data-testid=${ifDefined(options.testId)}
    aria-label=${options.spoken ?? (options.icon ? label : nothing)}
    title=${titleOf(options)}
    ?hidden=${options.hidden}
    ?disabled=${disabled !== undefined}
    @click=${options.press}
    @keydown=${options.keydown}
    >${options.icon ? icon(options.icon) : label}</vscode-button
  >`;
}

/** What is said under the pointer: the name of an icon, and why a button cannot be pressed. */
function titleOf({ label, icon: picture, disabled }: ButtonOptions): string | typeof nothing {
  const said = [...(picture === undefined ? [] : [label]), ...(disabled === undefined ? [] : [disabled])];
  return said.length === 0 ? nothing : said.join('\n');
}
