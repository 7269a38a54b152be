/** What people read in VS Code and in the page: which messages the sources hand to `l10n.t`, and which words they do not. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export const ROOT = path.join(__dirname, '..', '..');

/** The list of messages for translators, from the repository's root. */
export const BUNDLE = 'l10n/bundle.l10n.json';

/** Folders whose words are translated. What engine and command line say stays English: docs/adr/0011-languages.md. */
const SPOKEN = ['src/core', 'src/host', 'webview'];

/** The TypeScript files of these folders, from the repository's root. */
export function spokenFiles(): readonly string[] {
  return SPOKEN.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.split(path.sep).join('/')}`),
  );
}

/** Something at a place of a file. */
export interface Finding {
  /** from 1 */
  readonly line: number;
  readonly text: string;
}

/** The messages of a file; `unreadable` are those that no tool can list, because they are put together while the program runs. */
export function messagesIn(name: string, text: string): { readonly messages: readonly string[]; readonly unreadable: readonly Finding[] } {
  const file = parse(name, text);
  const messages: string[] = [];
  const unreadable: Finding[] = [];
  walk(file, (node) => {
    if (ts.isTaggedTemplateExpression(node) && isTranslator(node.tag, file)) messages.push(templateMessage(node.template));
    if (!ts.isCallExpression(node) || !isTranslator(node.expression, file)) return;
    const [message] = node.arguments;
    if (message !== undefined && ts.isStringLiteralLike(message)) messages.push(message.text);
    else unreadable.push(found(file, node.getStart(file), node.getText(file)));
  });
  return { messages, unreadable };
}

/** Words in the static text, or in a spoken attribute, of the lit-html templates of a file: no translation reaches them. */
export function bareWordsIn(name: string, text: string): readonly Finding[] {
  const file = parse(name, text);
  const findings: Finding[] = [];
  walk(file, (node) => {
    if (!ts.isTaggedTemplateExpression(node) || node.tag.getText(file) !== 'html') return;
    const { source, offsets } = templateSource(node.template, file);
    for (const [at, words] of wordsOf(source)) {
      if (/\p{L}/u.test(words.replaceAll(EXPRESSION, '')))
        findings.push(found(file, offsets[at] ?? 0, words.replaceAll(EXPRESSION, '${}').trim()));
    }
  });
  return findings;
}

/** Attributes that are read out or shown. */
const SPOKEN_ATTRIBUTE = /\s(?:title|aria-label|placeholder|alt)="([^"]*)"/dg;
/** Stands for an expression in a template; no template has it. */
const EXPRESSION = '\uE000';

/** Texts between tags, and values of spoken attributes, with their places. */
function wordsOf(source: string): readonly (readonly [at: number, words: string])[] {
  const tags = [...source.matchAll(/<[^>]*>/g)];
  const ends = [...tags.map(({ index }) => index), source.length];
  const texts = ends.map((end, i): readonly [number, string] => {
    const before = tags[i - 1];
    const start = before === undefined ? 0 : before.index + before[0].length;
    return [start, source.slice(start, end)];
  });
  const attributes = tags.flatMap(({ index, 0: tag }) =>
    [...tag.matchAll(SPOKEN_ATTRIBUTE)].map((match): readonly [number, string] => [index + match.index, match[1] ?? '']),
  );
  return [...texts, ...attributes];
}

/** A template as one text with a stand-in for each expression, and where in the file each of its characters is. */
function templateSource(
  template: ts.TemplateLiteral,
  file: ts.SourceFile,
): { readonly source: string; readonly offsets: readonly number[] } {
  let source = '';
  const offsets: number[] = [];
  const pieces = ts.isNoSubstitutionTemplateLiteral(template)
    ? [template]
    : [template.head, ...template.templateSpans.map(({ literal }) => literal)];
  pieces.forEach((piece, i) => {
    const start = piece.getStart(file) + 1;
    const end = piece.getEnd() - (i === pieces.length - 1 ? 1 : 2);
    source += file.text.slice(start, end);
    for (let at = start; at < end; at++) offsets.push(at);
    if (i === pieces.length - 1) return;
    source += EXPRESSION;
    offsets.push(end);
  });
  return { source, offsets };
}

/** The message of a template that is handed to `l10n.t`: `{0}` for its first expression, and so on. */
function templateMessage(template: ts.TemplateLiteral): string {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return template.text;
  return template.templateSpans.reduce((text, { literal }, i) => `${text}{${i}}${literal.text}`, template.head.text);
}

function isTranslator(called: ts.Expression, file: ts.SourceFile): boolean {
  return /^(?:vscode\.)?l10n\.t$/.test(called.getText(file));
}

function parse(name: string, text: string): ts.SourceFile {
  return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function found(file: ts.SourceFile, at: number, text: string): Finding {
  return { line: file.getLineAndCharacterOfPosition(at).line + 1, text };
}
