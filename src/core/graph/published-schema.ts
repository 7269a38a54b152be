/** The flow graph's format as JSON Schema (draft 2020-12), for readers in any language. */
import * as z from 'zod';
import { flowGraphSchema } from './flow-graph';

/** Text of docs/flow-graph.schema.json. */
export function publishedSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(flowGraphSchema), null, 2)}\n`;
}
