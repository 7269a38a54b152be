/** The formats as JSON Schema (draft 2020-12), for readers in any language. */
import * as z from 'zod';
import { comparisonSchema } from './comparison';
import { flowGraphSchema } from './flow-graph';

const PUBLISHED = { 'flow-graph.schema.json': flowGraphSchema, 'comparison.schema.json': comparisonSchema } as const;

/** A file in docs/. */
export type PublishedFile = keyof typeof PUBLISHED;

/** All published files. */
export const PUBLISHED_FILES = Object.keys(PUBLISHED) as PublishedFile[];

/** Text of a published file. What occurs twice, as both graphs of a comparison do, is defined once. */
export function publishedSchema(file: PublishedFile): string {
  return `${JSON.stringify(z.toJSONSchema(PUBLISHED[file], { reused: file === 'comparison.schema.json' ? 'ref' : 'inline' }), null, 2)}\n`;
}
