/** The format of visit.model.json as JSON Schema, by which editors complete and check it. */
import * as z from 'zod';
import { descriptionSchema } from './schema';

/** Name of the file in docs/. */
export const DESCRIPTION_SCHEMA = 'visit-model.schema.json';

/** Text of the file: of what one writes, where defaults may be left out. */
export function publishedDescriptionSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(descriptionSchema, { io: 'input' }), null, 2)}\n`;
}
