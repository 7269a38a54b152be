/** The checkpoints of the fixtures with room for more positions, as make_continue.py widens them. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readTensorFile, writeTensorFile, type TensorFile } from '../../engine/tensor-file';

/** Positions that a widened checkpoint has. */
export const POSITIONS = 128;
const LENGTHS = ['max_position_embeddings', 'n_positions', 'max_seq_len', 'seq_length'];
const TABLES = ['wpe.weight', 'embed_positions.weight', 'positions_embed.weight'];

type Config = Record<string, unknown>;
type Scaling = { rope_type?: string; type?: string; factor?: number; alpha?: number } | null | undefined;

/** Writes a widened copy of a checkpoint into a new folder of `scratch`. */
export function widened(model: string, scratch: string): string {
  const folder = mkdtempSync(path.join(scratch, 'model-'));
  const config = JSON.parse(readFileSync(path.join(model, 'config.json'), 'utf8')) as Config;
  const length = LENGTHS.map((name) => config[name]).find((value) => typeof value === 'number') as number;
  const stretched = [config['rope_parameters'], config['rope_scaling']].find(
    (scaling) => ((scaling as Scaling)?.rope_type ?? (scaling as Scaling)?.type) === 'dynamic' && (scaling as Scaling)?.alpha === undefined,
  ) as Scaling;
  if (stretched) stretched.factor = POSITIONS / length;
  else for (const name of LENGTHS) if (config[name]) config[name] = POSITIONS;
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  for (const file of readdirSync(model)) {
    const [from, to] = [path.join(model, file), path.join(folder, file)];
    if (file.endsWith('.safetensors')) writeTensorFile(to, withLongerTables(readTensorFile(from), POSITIONS - length));
    else if (file.endsWith('.index.json')) copyFileSync(from, to);
  }
  return folder;
}

/** The tables of learned positions of a checkpoint go on from their first row. */
function withLongerTables(tensors: TensorFile, more: number): TensorFile {
  return new Map(
    Array.from(tensors, ([name, tensor]) => {
      if (!TABLES.some((table) => name.endsWith(table))) return [name, tensor];
      const { bytes, shape } = tensor;
      const row = bytes.length / shape[0];
      const rows = Array.from({ length: more }, (_, i) => bytes.subarray((i % shape[0]) * row, ((i % shape[0]) + 1) * row));
      return [name, { ...tensor, shape: [shape[0] + more, ...shape.slice(1)], bytes: Buffer.concat([bytes, ...rows]) }];
    }),
  );
}
