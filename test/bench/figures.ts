/** Figures of a benchmark with their budgets: printed as they come, and written into docs/performance.md. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** One row of the report. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** such as "ms"; empty for a ratio */
  readonly unit: string;
  /** largest value that is within the budget */
  readonly budget: number;
  /** what the value is made of, as the end of a line; absent: nothing */
  readonly note?: string;
}

const ROOT = path.resolve(__dirname, '..', '..');
const REPORT = path.join(ROOT, 'docs', 'performance.md');

/** Collects figures of one table of the report. */
export class Figures {
  readonly #rows: Figure[] = [];

  /** @param table names it; what the report has between its two lines is written by the benchmark, the rest by people */
  constructor(private readonly table: 'figures' | 'growth' | 'key press' = 'figures') {}

  /** Notes a figure, and prints it. */
  add(row: Figure): void {
    this.#rows.push(row);
    console.log(
      `${isOver(row) ? 'OVER' : '  ok'}  ${row.what}: ${valueOf(row)} (budget ${row.budget}${unitOf(row)}${row.note ? `; ${row.note}` : ''})`,
    );
  }

  /** Whether a figure is over its budget. */
  get over(): boolean {
    return this.#rows.some(isOver);
  }

  /** Puts them into the report. @throws Error when the report has no place for them */
  write(): void {
    const report = readFileSync(REPORT, 'utf8');
    const [begin, end] = [`<!-- ${this.table}: written by \`npm run bench -- --write\` -->`, `<!-- end of ${this.table} -->`];
    const [from, to] = [report.indexOf(begin), report.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${REPORT} has no place for the table “${this.table}”.`);
    const table = [
      '| what | figure | budget | | |',
      '|---|---:|---:|---|---|',
      ...this.#rows.map(
        (row) => `| ${row.what} | ${valueOf(row)} | ${row.budget}${unitOf(row)} | ${isOver(row) ? '**over**' : 'ok'} | ${row.note ?? ''} |`,
      ),
    ];
    writeFileSync(REPORT, [report.slice(0, from + begin.length), '', machine(), '', ...table, '', report.slice(to)].join('\n'));
  }
}

function isOver({ value, budget }: Figure): boolean {
  return value > budget;
}

function valueOf({ value, unit }: Figure): string {
  return unit === '' ? value.toFixed(2) : `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}

function unitOf({ unit }: Figure): string {
  return unit === '' ? '' : ` ${unit}`;
}

/** Where and when it was measured, in a sentence. */
function machine(): string {
  const versionOf = (name: string): string =>
    (JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  const [cpu] = os.cpus();
  const memory = Math.round(os.totalmem() / 1e9);
  const load = os.loadavg()[0] ?? 0;
  const what = [`${os.availableParallelism()} cores (${cpu?.model.trim() ?? 'unknown'})`, `${memory} GB`, `${os.type()} ${os.arch()}`];
  const versions = [`Node.js ${process.versions.node}`, `onnxruntime-node ${versionOf('onnxruntime-node')}`, `commit ${commit}`];
  return `${new Date().toISOString().slice(0, 10)}: ${[...what, ...versions].join(', ')}; ${load.toFixed(1)} processes were waiting for the cores at the end.`;
}
