/** What a folder says that its model is: config.json as Hugging Face's tools write it, or a description that somebody wrote by hand. */
import type { JsonObject } from './json';
import { readJson, type CheckpointSource } from './source';

/** What the model is. */
export const CONFIG = 'config.json';
/** A model of one's own, described: see docs/own-models.md. Where it is there, config.json is not read. */
export const DESCRIPTION = 'visit.model.json';
/** `model_type` of a model that `DESCRIPTION` describes. */
export const DESCRIBED_TYPE = 'visit.model';

/** Whether files of these names say what a model is. */
export function hasConfig(files: ReadonlySet<string>): boolean {
  return files.has(CONFIG) || files.has(DESCRIPTION);
}

/** The config of a folder; of a description its fields, under `DESCRIBED_TYPE`. @throws Problem `config-invalid`, and what the source throws */
export async function folderConfig(source: CheckpointSource): Promise<JsonObject> {
  if (!source.files.has(DESCRIPTION)) return readJson(source, CONFIG, 'config-invalid');
  return { ...(await readJson(source, DESCRIPTION, 'config-invalid')), model_type: DESCRIBED_TYPE };
}

/** Which file a config is of. */
export function configFile(config: JsonObject): string {
  return config['model_type'] === DESCRIBED_TYPE ? DESCRIPTION : CONFIG;
}
