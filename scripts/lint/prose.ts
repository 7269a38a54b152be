/** The prose of a file: what people read, without the code around it. Offsets are kept, so that a finding has a line. */
import ts from 'typescript';

/** What of a program's prose is meant. */
export interface ProseOptions {
  /** comments as well as strings; default: strings alone */
  readonly comments?: boolean;
}

/**
 * The text with everything that is not prose replaced by spaces; line breaks stay.
 *
 * @param name the file's name; its ending says how to read it
 */
export function proseOf(name: string, text: string, { comments = false }: ProseOptions = {}): string {
  const ending = /\.(\w+)$/.exec(name)?.[1] ?? '';
  switch (ending) {
    case 'md':
      return blank(text, /^(```|~~~)[^]*?^\1.*$|^(?: {4}|\t)(?![-*]).*$|`[^`\n]*`|<!--[^]*?-->|\]\([^)\s]*\)/gm);
    case 'json':
      return keep(
        text,
        [...text.matchAll(/:\s*"((?:[^"\\]|\\.)*)"/g)].map(({ index, 0: all, 1: value }) => [
          index + all.length - 1 - value.length,
          value.length,
        ]),
      );
    case 'css':
      return keep(text, comments ? spans(text, /\/\*[^]*?\*\//g) : []);
    case 'ts':
    case 'mts':
    case 'mjs':
      return keep(text, programSpans(name, text, comments));
    default:
      return text;
  }
}

type Span = readonly [start: number, length: number];

function spans(text: string, pattern: RegExp): Span[] {
  return [...text.matchAll(pattern)].map(({ index, 0: found }) => [index, found.length]);
}

/** Strings and pieces of templates, and comments where they are asked for; module names are not prose. */
function programSpans(name: string, text: string, comments: boolean): Span[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const found: Span[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isImportTypeNode(node)) return;
    if (
      ts.isStringLiteral(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node) ||
      ts.isNoSubstitutionTemplateLiteral(node)
    )
      found.push([node.getStart(file), node.getWidth(file)]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return comments ? [...found, ...commentSpans(file)] : found;
}

/** Comments stand before tokens: each is found once, by where it begins. */
function commentSpans(file: ts.SourceFile): Span[] {
  const found = new Map<number, Span>();
  const add = (start: number, end: number): void => void found.set(start, [start, end - start]);
  const visit = (node: ts.Node): void => {
    ts.forEachLeadingCommentRange(file.text, node.getFullStart(), add);
    ts.forEachTrailingCommentRange(file.text, node.getEnd(), add);
    for (const child of node.getChildren(file)) visit(child);
  };
  visit(file);
  return [...found.values()];
}

function blank(text: string, pattern: RegExp): string {
  return text.replace(pattern, (found) => found.replace(/[^\n]/g, ' '));
}

function keep(text: string, kept: readonly Span[]): string {
  const blanked = text.replace(/[^\n]/g, ' ');
  const parts = [...kept].sort(([a], [b]) => a - b);
  let out = '';
  let at = 0;
  for (const [start, length] of parts) {
    if (start < at) continue;
    out += blanked.slice(at, start) + text.slice(start, start + length);
    at = start + length;
  }
  return out + blanked.slice(at);
}
