/**
 * Writes the schemas in docs/ from the zod schemas that the code uses; a test fails when one is out of date.
 *   npm run schema
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DESCRIPTION_SCHEMA, publishedDescriptionSchema } from '../src/model/architecture/description/published-schema';
import { PUBLISHED_FILES, publishedSchema } from '../src/core/format/published-schema';

const write = (file: string, text: string): void => writeFileSync(path.join(__dirname, '..', 'docs', file), text);

for (const file of PUBLISHED_FILES) write(file, publishedSchema(file));
write(DESCRIPTION_SCHEMA, publishedDescriptionSchema());
