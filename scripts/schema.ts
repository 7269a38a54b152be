/**
 * Writes docs/flow-graph.schema.json from the zod schema that the code uses; a test fails when it is out of date.
 *   npm run schema
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { publishedSchema } from '../src/core/graph/published-schema';

writeFileSync(path.join(__dirname, '..', 'docs', 'flow-graph.schema.json'), publishedSchema());
