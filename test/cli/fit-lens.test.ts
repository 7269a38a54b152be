import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { LensGrid } from '../../src/core/format/lens-grid';
import type { LensReport } from '../../src/core/insight/lens-report';
import { visit } from '../support/visit';

const DOCS = path.join(__dirname, '../../docs');
const EMBEDDED = path.join(__dirname, '../../models/visit-small');
const PROMPT = ['--prompt', 'The capital of Japan is the city of'];

describe('visit fit-lens', function () {
  this.timeout(180_000);
  let folder: string;
  let file: string;
  let report: LensReport;
  const fit = (...args: string[]) => visit(['fit-lens', '--format', 'json', ...args]);
  const texts = `${DOCS.split(path.sep).join('/')}/{method,architecture,comparing}*.md`;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'visit-fit-lens-'));
    file = path.join(folder, 'fitted.safetensors');
    const { code, stdout, stderr } = await fit('--texts', texts, '--tokens', '4000', '--file', file);
    assert.equal(code, 0, stderr);
    report = JSON.parse(stdout) as LensReport;
  });
  after(() => rmSync(folder, { recursive: true }));

  it('fits maps that predict the model better than the logit lens does, on text held back', () => {
    const { logit, fitted, tokens } = report;
    assert.ok(tokens.fitted >= 3500 && tokens.judged >= 300, JSON.stringify(tokens));
    assert.equal(fitted.agreement.length, 9);
    for (let border = 0; border < 8; border++) assert.ok((fitted.divergence[border] ?? 9) < (logit.divergence[border] ?? 0), `${border}`);
    assert.deepEqual([fitted.agreement[8], fitted.divergence[8]], [1, 0]);
  });

  it('changes the words of a graph, and no share, norm, edge or target', async () => {
    const graph = async (...args: string[]): Promise<FlowGraph> => {
      const { code, stdout, stderr } = await visit(['graph', '--layers', '0-7', ...PROMPT, ...args]);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as FlowGraph;
    };
    const [logit, fitted] = [await graph(), await graph('--lens', file)];
    const numbers = ({ nodes }: FlowGraph) => nodes.map(({ id, share, norm }) => ({ id, share, norm }));
    assert.deepEqual(numbers(fitted), numbers(logit));
    assert.deepEqual([fitted.edges, fitted.target, fitted.normBias], [logit.edges, logit.target, logit.normBias]);
    assert.notDeepEqual(
      fitted.nodes.map(({ label }) => label),
      logit.nodes.map(({ label }) => label),
    );
    assert.equal(logit.model.lens?.kind, 'logit');
    assert.deepEqual([fitted.model.lens?.kind, fitted.model.lens?.figures], ['fitted', report.fitted]);
  });

  it('leaves the last layer as it is', async () => {
    const grid = async (...args: string[]): Promise<LensGrid> =>
      JSON.parse((await visit(['lens', '--format', 'json', ...PROMPT, ...args])).stdout) as LensGrid;
    const [logit, fitted] = [await grid(), await grid('--lens', file)];
    assert.deepEqual(fitted.rows[7], logit.rows[7]);
    assert.notDeepEqual(fitted.rows[0], logit.rows[0]);
  });

  it('refuses a lens of other weights, with NaN, or that is none', async () => {
    const bytes = readFileSync(file);
    const header = Number(bytes.readBigUInt64LE(0));
    // A.0 and b.0 come first.
    const map = 4 * (192 * 192 + 192);
    const said = bytes.subarray(8, 8 + header).toString();
    const changed = (name: string, change: (copy: Buffer) => void): string => {
      const copy = Buffer.from(bytes);
      change(copy);
      writeFileSync(path.join(folder, name), copy);
      return path.join(folder, name);
    };
    const other = changed('other.safetensors', (copy) => copy.write(said.replace(report.weights, '0'.repeat(64)), 8));
    const broken = changed('broken.safetensors', (copy) => copy.fill(0xff, 8 + header + map, 8 + header + map + 400));
    const missing = changed('missing.safetensors', (copy) => copy.write(said.replace('"A.3"', '"A.x"'), 8));
    const weights = path.join(EMBEDDED, 'model.safetensors');
    for (const [lens, why] of [
      [other, /was made for other weights/],
      [broken, /border 1 contains NaN/],
      [missing, /has no map of width 192 for border 3/],
      [weights, /is not a lens/],
      ['unknown', /There is no lens "unknown"/],
    ] as const) {
      const { code, stderr } = await visit(['lens', ...PROMPT, '--lens', lens]);
      assert.equal(code, 1, lens);
      assert.match(stderr, why);
    }
  });

  it('says so and uses a stronger ridge where there are fewer tokens than the stream is wide', async () => {
    const small = path.join(folder, 'small.safetensors');
    const short = path.join(folder, 'short');
    mkdirSync(short);
    for (let i = 0; i < 12; i++) writeFileSync(path.join(short, `${i}.txt`), `The number of this line is ${i}.`);
    const pattern = `${short.split(path.sep).join('/')}/*.txt`;
    const { code, stdout, stderr } = await fit('--texts', pattern, '--ridge', '0', '--file', small);
    assert.equal(code, 0, stderr);
    const { ridge, note, tokens } = JSON.parse(stdout) as LensReport;
    assert.equal(ridge, 0.01);
    assert.match(note ?? '', new RegExp(`fewer tokens \\(${tokens.fitted}\\) than the stream is wide \\(192\\)`));
  });

  it('refuses texts that are too few, blank or not there, and writes nothing', async () => {
    const none = path.join(folder, 'none.safetensors');
    writeFileSync(path.join(folder, 'blank.txt'), ' \n'.repeat(2000));
    writeFileSync(path.join(folder, 'picture.txt'), Buffer.alloc(100));
    const at = (name: string): string => `${folder.split(path.sep).join('/')}/${name}`;
    for (const [pattern, why] of [
      [at('blank.txt'), /make 0 parts; a lens needs 10/],
      [at('picture.txt'), /No file that matches .* is text/],
      [at('absent*.txt'), /No file matches/],
    ] as const) {
      const { code, stderr } = await fit('--texts', pattern, '--file', none);
      assert.equal(code, 1);
      assert.match(stderr, why);
    }
    assert.ok(!existsSync(none));
  });

  it('keeps, lists and deletes lenses, also where two are fitted at once, and leaves no draft', async function () {
    if (process.platform === 'darwin') return this.skip(); // its folder cannot be moved
    const env = { XDG_DATA_HOME: path.join(folder, 'data'), LOCALAPPDATA: path.join(folder, 'data') };
    const keep = () => visit(['fit-lens', '--texts', texts, '--tokens', '3000', '--name', 'mine'], '', env);
    const both = await Promise.all([keep(), keep()]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    assert.match(both[0].stdout, /^blocks passed +logit agrees +bits +fitted agrees +bits$/m);
    const kept = readdirSync(path.join(folder, 'data'), { recursive: true }).filter((name) => /mine/.test(String(name)));
    assert.equal(kept.length, 1, kept.join());
    assert.equal((await visit(['fit-lens', '--list'], '', env)).stdout, 'mine\n');
    assert.equal((await visit(['lens', ...PROMPT, '--lens', 'mine'], '', env)).code, 0);
    assert.equal((await visit(['fit-lens', '--delete', 'mine'], '', env)).code, 0);
    assert.equal((await visit(['fit-lens', '--list'], '', env)).stdout, '');
  });
});
