/** Themes of the editor, as the page is told of them. */

/** VS Code's kinds of themes. */
export const THEMES = ['light', 'dark', 'high-contrast', 'high-contrast-light'] as const;
export type Theme = (typeof THEMES)[number];

/** What a browser says of a theme. */
export function mediaOf(theme: Theme): { readonly colorScheme: 'dark' | 'light'; readonly contrast: 'more' | 'no-preference' } {
  return {
    colorScheme: theme === 'dark' || theme === 'high-contrast' ? 'dark' : 'light',
    contrast: theme.startsWith('high-contrast') ? 'more' : 'no-preference',
  };
}

/** The classes of a page that VS Code hosts; the editor's variables come from our own copy. */
export function hostedClass(theme: Theme): string {
  return `visit-standalone vscode-${theme}`;
}
