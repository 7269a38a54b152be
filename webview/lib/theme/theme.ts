/** The editor's theme as the canvas needs it, and word of every change. Stylesheets read the same variables by themselves. */
import type { ThemeKind } from '../colour/palettes';

export interface Theme {
  readonly kind: ThemeKind;
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly panel: string;
  readonly border: string;
  readonly font: string;
}

const BODY_CLASSES: readonly (readonly [string, ThemeKind])[] = [
  ['vscode-high-contrast-light', 'high-contrast-light'],
  ['vscode-high-contrast', 'high-contrast'],
  ['vscode-light', 'light'],
  ['vscode-dark', 'dark'],
];

/** The theme that the document has now. */
export function readTheme(): Theme {
  const { classList } = document.body;
  const style = getComputedStyle(document.body);
  const value = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  return {
    kind: BODY_CLASSES.find(([name]) => classList.contains(name))?.[1] ?? 'dark',
    background: value('--vscode-editor-background', '#1f1f1f'),
    foreground: value('--vscode-editor-foreground', '#cccccc'),
    muted: value('--vscode-descriptionForeground', '#9d9d9d'),
    panel: value('--vscode-editorWidget-background', '#252526'),
    border: value('--visit-border', '#454545'),
    font: value('--vscode-font-family', 'system-ui, sans-serif'),
  };
}

/** Calls back with the new theme whenever VS Code changes it. */
export function watchTheme(changed: (theme: Theme) => void): void {
  const observer = new MutationObserver(() => changed(readTheme()));
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
}

/** Outside VS Code: gives the body the classes that VS Code would, from what the system prefers, now and on change. */
export function followSystemTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const contrast = matchMedia('(prefers-contrast: more), (forced-colors: active)');
  const apply = (): void => {
    const kind = contrast.matches
      ? dark.matches
        ? 'vscode-high-contrast'
        : 'vscode-high-contrast-light'
      : dark.matches
        ? 'vscode-dark'
        : 'vscode-light';
    document.body.classList.remove(...BODY_CLASSES.map(([name]) => name));
    document.body.classList.add('visit-standalone', kind);
    if (kind === 'vscode-high-contrast-light') document.body.classList.add('vscode-high-contrast');
    document.body.dataset['vscodeThemeKind'] = kind;
  };
  dark.addEventListener('change', apply);
  contrast.addEventListener('change', apply);
  apply();
}
