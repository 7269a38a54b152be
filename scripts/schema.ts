/**
 * Writes the schemas in docs/ from the zod schemas that the code uses; a test fails when one is out of date.
 *   npm run schema
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { PUBLISHED_FILES, publishedSchema } from '../src/core/format/published-schema';

for (const file of PUBLISHED_FILES) writeFileSync(path.join(__dirname, '..', 'docs', file), publishedSchema(file));
