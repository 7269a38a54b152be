import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { described } from '../../../src/model/architecture/description/described';
import { DESCRIPTION_SCHEMA, publishedDescriptionSchema } from '../../../src/model/architecture/description/published-schema';
import { ROOT } from '../../support/repository';

const read = (...file: string[]) => readFileSync(path.join(ROOT, ...file), 'utf8');

describe('The guide to models of one’s own', () => {
  const descriptions = [...read('docs', 'own-models.md').matchAll(/```json\n([^]*?)```/g)].map(([, text]) => JSON.parse(text) as object);
  const validate = new Ajv2020().compile(JSON.parse(publishedDescriptionSchema()) as object);

  it('shows descriptions that can be read', () => {
    assert.equal(descriptions.length, 3);
    for (const description of descriptions) {
      const { blocks } = described.describe({ ...description }, () => true);
      assert.ok(blocks.length > 1);
      assert.ok(validate(description), JSON.stringify(validate.errors));
    }
  });

  it('comes with the schema that the code uses, which editors check by', () => {
    assert.equal(read('docs', DESCRIPTION_SCHEMA), publishedDescriptionSchema(), 'run: npm run schema');
    assert.ok(!validate({ ...descriptions[0], layers: 'two' }));
    assert.ok(!validate({ ...descriptions[0], attentions: 3 }));
    const { contributes } = JSON.parse(read('package.json')) as { contributes: { jsonValidation: { fileMatch: string; url: string }[] } };
    assert.deepEqual(contributes.jsonValidation, [{ fileMatch: 'visit.model.json', url: `./docs/${DESCRIPTION_SCHEMA}` }]);
  });
});
