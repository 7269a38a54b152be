/**
 * The document of the inspector page: one script, one stylesheet, nothing inline, nothing from elsewhere.
 */
import { bundleElement, languageOf, type Translations } from '../../core/present/bundle';

/** What the document needs to know. */
export interface PageAssets {
  /** address of the page's script, as the page may load it */
  readonly script: string;
  readonly stylesheet: string;
  /** source expression that stands for the extension's own files in a content security policy */
  readonly cspSource: string;
  /** unguessable, new for every document: base64 characters only */
  readonly nonce: string;
  /** of the page's words; absent: English */
  readonly translations?: Translations | undefined;
}

/** HTML of the page. */
export function pageHtml({ script, stylesheet, cspSource, nonce, translations }: PageAssets): string {
  const policy = [`default-src 'none'`, `script-src 'nonce-${nonce}'`, `style-src ${cspSource}`].join('; ');
  return `<!DOCTYPE html>
<html lang="${languageOf(translations)}">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="${attribute(stylesheet)}">
  <title>VISIT</title>
</head>
<body>
  <div id="app"></div>
  ${bundleElement(translations)}
  <script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>
`;
}

/** Escapes a text for a double-quoted attribute. */
function attribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}
