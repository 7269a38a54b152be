import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { LensGrid } from '../../src/core/format/lens-grid';
import type { Explanation } from '../../src/core/insight/explanation';
import type { LensListing } from '../../src/core/insight/lens-listing';
import type { LensReport, LensSumsReport } from '../../src/core/insight/lens-report';
import { CLI, ROOT, visit, visitProcess } from '../support/visit';

const DOCS = path.join(__dirname, '../../docs');
const LENSES = path.join(__dirname, '../oracle/lenses');
const EMBEDDED = path.join(__dirname, '../../models/visit-small');
const PROMPT = ['--prompt', 'The capital of Japan is the city of'];

describe('visit fit-lens', () => {
  let folder: string;
  let file: string;
  let report: LensReport;
  const fit = (...args: string[]) => visit(['fit-lens', '--format', 'json', ...args]);
  const texts = `${DOCS.split(path.sep).join('/')}/{method,architecture,comparing}*.md`;

  /** The lenses that are listed, and where each is from. */
  const listed = async (env: NodeJS.ProcessEnv): Promise<string[]> => {
    const { stdout, stderr } = await visitProcess(['fit-lens', '--list', '--format', 'json'], '', env);
    assert.equal(stderr, '');
    return (JSON.parse(stdout) as LensListing).lenses.map(({ name, source }) => `${name} ${source}`);
  };
  const until = async (isSo: () => boolean): Promise<void> => {
    // Asked without a pause, it takes a core from the process that is waited for.
    while (!isSo()) await setTimeout(1);
  };

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
    const [logit, fitted] = [await graph('--lens', 'logit'), await graph('--lens', file)];
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

  it('changes no effect, estimated or measured', async () => {
    const causes = async (lens: string) => {
      const { code, stdout, stderr } = await visit(['explain', ...PROMPT, '--lens', lens, '--format', 'json']);
      assert.equal(code, 0, stderr);
      const { model, causes } = JSON.parse(stdout) as Explanation;
      assert.equal(model.lens?.name, lens === 'logit' ? 'logit' : 'fitted');
      // what a cause writes is read through the lens
      return causes.map(({ writes: _, ...figures }) => figures);
    };
    assert.deepEqual(await causes(file), await causes('logit'));
  });

  it('leaves the last layer as it is', async () => {
    const grid = async (...args: string[]): Promise<LensGrid> =>
      JSON.parse((await visit(['lens', '--format', 'json', ...PROMPT, ...args])).stdout) as LensGrid;
    const [logit, fitted] = [await grid('--lens', 'logit'), await grid('--lens', file)];
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

  it('refuses texts that the tokenizer cannot read, with its reason', async () => {
    const model = path.join(folder, 'no-tokenizer');
    mkdirSync(model);
    for (const name of ['config.json', 'model.safetensors']) copyFileSync(path.join(EMBEDDED, name), path.join(model, name));
    const none = path.join(folder, 'none.safetensors');
    const { code, stderr } = await fit('--texts', texts, '--model', model, '--file', none);
    assert.equal(code, 1);
    assert.match(stderr, /has no tokenizer\.json, so it cannot read text/);
    assert.ok(!existsSync(none));
  });

  it('makes the same lens, to the bit, of shards that are merged', async () => {
    const shard = (part: string) =>
      fit('--texts', texts, '--tokens', '4000', '--shard', part, '--file', path.join(folder, `${part[0]}.sums`));
    for (const part of ['2/2', '1/2']) {
      const { code, stdout, stderr } = await shard(part);
      assert.equal(code, 0, stderr);
      const { parts, of } = JSON.parse(stdout) as LensSumsReport;
      assert.ok(parts > 0 && parts < of, stdout);
    }
    const merged = path.join(folder, 'merged.safetensors');
    const pattern = `${folder.split(path.sep).join('/')}/*.sums`;
    const { code, stdout, stderr } = await fit('--texts', texts, '--tokens', '4000', '--merge', pattern, '--file', merged);
    assert.equal(code, 0, stderr);
    const { known } = JSON.parse(stdout) as LensReport;
    assert.ok(known && known.parts === known.of);
    assert.deepEqual(readFileSync(merged), readFileSync(file));
    const other = await fit('--texts', texts, '--tokens', '3000', '--merge', pattern, '--file', merged);
    assert.equal(other.code, 1);
    assert.match(other.stderr, /sums of other texts, of another model, or of a fit with other options/);
  });

  it('uses nothing of a fit that was killed but whole sums, goes on from them, and makes the same lens', async () => {
    const again = path.join(folder, 'again.safetensors');
    const args = ['fit-lens', '--texts', texts, '--tokens', '4000', '--file', again];
    const child = spawn(process.execPath, [CLI, ...args], { cwd: ROOT, stdio: 'ignore' });
    const ended = once(child, 'close');
    await until(() => existsSync(`${again}.sums`) || child.exitCode !== null);
    child.kill('SIGKILL');
    await ended;
    assert.ok(
      existsSync(`${again}.sums`) && !existsSync(again),
      'it was killed after it had kept sums, and before it had written the lens',
    );
    const { code, stdout, stderr } = await visit([...args, '--format', 'json']);
    assert.equal(code, 0, stderr);
    assert.ok(((JSON.parse(stdout) as LensReport).known?.parts ?? 0) > 0);
    assert.deepEqual(readFileSync(again), readFileSync(file));
    assert.ok(!existsSync(`${again}.sums`));
  });

  it('leaves no lens when it is interrupted', async () => {
    const none = path.join(folder, 'interrupted.safetensors');
    const child = spawn(process.execPath, [CLI, 'fit-lens', '--texts', texts, '--tokens', '20000', '--file', none], {
      cwd: ROOT,
      stdio: 'ignore',
    });
    const ended = once(child, 'close');
    await until(() => existsSync(`${none}.sums`) || child.exitCode !== null);
    child.kill('SIGINT');
    await ended;
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('interrupted.safetensors') && !name.endsWith('.sums')),
      [],
    );
  });

  it('takes in lenses that were published, keeps them with their figures, and reads through them', async () => {
    // The model that the lenses were made for, with a tokenizer of one character a token.
    const model = path.join(folder, 'trained');
    mkdirSync(model);
    for (const name of ['config.json', 'model.safetensors'])
      copyFileSync(path.join(LENSES, '../fixtures/trained/model', name), path.join(model, name));
    const letters = Array.from({ length: 64 }, (_, id) => String.fromCharCode(0x21 + id));
    const vocab = Object.fromEntries(letters.map((letter, id) => [letter, id]));
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
    const tokenizer = { model: { type: 'BPE', vocab, merges: [] }, pre_tokenizer: byteLevel, decoder: byteLevel };
    writeFileSync(path.join(model, 'tokenizer.json'), JSON.stringify(tokenizer));
    const { tokens } = JSON.parse(readFileSync(path.join(LENSES, 'fixture.json'), 'utf8')) as { tokens: number[][] };
    const lines = tokens.map((ids) => ids.map((id) => letters[id]).join(''));
    writeFileSync(path.join(folder, 'lines.txt'), lines.join('\n'));
    const env = { XDG_DATA_HOME: folder, LOCALAPPDATA: folder, HOME: folder };
    const on = ['--model', model, '--format', 'json'];
    const pattern = `${folder.split(path.sep).join('/')}/lines.txt`;
    for (const [from, kind] of [
      ['tuned', 'tuned'],
      ['jacobian.pt', 'jacobian'],
    ] as const) {
      const published = path.join(LENSES, from);
      const refused = await visitProcess(['lens', ...on, '--prompt', lines[0] ?? '', '--lens', published], '', env);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /its offset and its figures are measured before it is used/);
      assert.match(refused.stderr, /visit fit-lens --from/);
      const taken = await visitProcess(['fit-lens', ...on, '--from', published, '--texts', pattern, '--lines'], '', env);
      assert.equal(taken.code, 0, taken.stderr);
      assert.equal((JSON.parse(taken.stdout) as LensReport).kind, kind);
      const { stdout, stderr } = await visitProcess(['lens', ...on, '--prompt', lines[0] ?? '', '--lens', kind], '', env);
      assert.equal(stderr, '');
      const { lens } = (JSON.parse(stdout) as LensGrid).model;
      assert.deepEqual([lens?.kind, lens?.name, lens?.figures?.agreement.length], [kind, kind, 4]);
    }
    const others = await visitProcess(
      ['fit-lens', ...on, '--from', path.join(LENSES, 'tuned-for-others'), '--texts', pattern, '--lines'],
      '',
      env,
    );
    assert.equal(others.code, 1);
    assert.match(others.stderr, /made for other weights: after 2 blocks/);
    const { stdout } = await visitProcess(['fit-lens', ...on, '--list'], '', env);
    assert.deepEqual(
      (JSON.parse(stdout) as LensListing).lenses.map(({ name, kind, source }) => [name, kind, source]),
      [
        ['jacobian', 'jacobian', 'kept'],
        ['tuned', 'tuned', 'kept'],
      ],
    );
    const elsewhere = await fit('--from', path.join(LENSES, 'tuned'), '--texts', texts, '--file', path.join(folder, 'x'));
    assert.deepEqual([elsewhere.code, elsewhere.stdout], [1, '']);
    assert.match(elsewhere.stderr, /made for a model of 3 layers and width 40; this one has 8 layers and width 192/);
  });

  it('keeps, lists and deletes lenses, also where two are fitted at once, and leaves no draft', async () => {
    // By the first two on Linux and Windows, by the last on macOS.
    const data = path.join(folder, 'data');
    const env = { XDG_DATA_HOME: data, LOCALAPPDATA: data, HOME: data };
    const keep = () => visitProcess(['fit-lens', '--texts', texts, '--tokens', '3000', '--name', 'mine'], '', env);
    const both = await Promise.all([keep(), keep()]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    assert.match(both[0].stdout, /^blocks passed +logit agrees +bits +fitted agrees +bits +of it$/m);
    const kept = readdirSync(data, { recursive: true }).filter((name) => /mine/.test(String(name)));
    assert.equal(kept.length, 1, kept.join());
    assert.deepEqual(await listed(env), ['fitted published', 'mine kept']);
    assert.equal((await visitProcess(['lens', ...PROMPT, '--lens', 'mine'], '', env)).code, 0);
    assert.equal((await visitProcess(['fit-lens', '--delete', 'mine'], '', env)).code, 0);
    assert.deepEqual(await listed(env), ['fitted published']);
  });
});
