/** The checkpoints of the fixtures with room for more positions, as make_continue.py widens them. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

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
    const bytes = readFileSync(path.join(model, file));
    if (file.endsWith('.safetensors')) writeFileSync(path.join(folder, file), withLongerTables(bytes, POSITIONS - length));
    else if (file.endsWith('.index.json')) writeFileSync(path.join(folder, file), bytes);
  }
  return folder;
}

interface Entry {
  shape: number[];
  data_offsets: [number, number];
}

/** A safetensors file whose tables of learned positions go on from their first row. */
function withLongerTables(file: Buffer, more: number): Buffer {
  const headerLength = Number(file.readBigUInt64LE(0));
  const { __metadata__: metadata, ...entries } = JSON.parse(file.subarray(8, 8 + headerLength).toString()) as Record<string, Entry>;
  const data = file.subarray(8 + headerLength);
  const parts: Buffer[] = [];
  let end = 0;
  for (const [name, entry] of Object.entries(entries)) {
    let bytes = data.subarray(...entry.data_offsets);
    if (TABLES.some((table) => name.endsWith(table))) {
      const row = bytes.length / entry.shape[0];
      const rows = Array.from({ length: more }, (_, i) => bytes.subarray((i % entry.shape[0]) * row, ((i % entry.shape[0]) + 1) * row));
      bytes = Buffer.concat([bytes, ...rows]);
      entry.shape[0] += more;
    }
    entry.data_offsets = [end, end + bytes.length];
    end += bytes.length;
    parts.push(bytes);
  }
  const json = Buffer.from(JSON.stringify({ ...(metadata && { __metadata__: metadata }), ...entries }));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([prefix, json, ...parts]);
}
