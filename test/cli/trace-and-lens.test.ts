import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LensGrid } from '../../src/core/format/lens-grid';
import type { LensDifference } from '../../src/core/insight/lens-difference';
import { lensTable } from '../../src/cli/output/lens-table';
import { visit } from '../support/visit';

const JAPAN = 'The capital of Japan is the city of';

const FRANCE = 'The capital of France is the city of';
const CHANGES = ['--ablate', 'blocks.4.attn.head.2', '--patch', 'blocks.0.attn', '--from-prompt', FRANCE];
const CHANGED = [
  { mode: 'zero', component: 'blocks.4.attn.head.2' },
  { mode: 'patch', component: 'blocks.0.attn', prompt: FRANCE },
];

/** Header of a safetensors file: name → dtype, shape, byte range. */
function header(file: string): Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const parsed: Record<string, never> = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8'));
  return parsed;
}

describe('visit trace', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visit-trace-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('writes every tensor under its name and lists them', async () => {
    const file = path.join(folder, 'japan.safetensors');
    const { code, stdout, stderr } = await visit(['trace', '--prompt', JAPAN, '--out', file]);
    assert.equal(code, 0, stderr);
    const tensors = header(file);
    for (const name of [
      'embed',
      'pos_embed',
      'blocks.0.hook_resid_pre',
      'blocks.0.ln1.hook_normalized',
      'blocks.0.attn.hook_q',
      'blocks.0.attn.hook_k',
      'blocks.0.attn.hook_v',
      'blocks.0.attn.hook_pattern',
      'blocks.0.attn.hook_z',
      'blocks.0.hook_attn_out',
      'blocks.0.hook_resid_mid',
      'blocks.0.ln2.hook_normalized',
      'blocks.0.mlp.hook_post',
      'blocks.0.hook_mlp_out',
      'blocks.0.hook_resid_post',
      'ln_final.hook_normalized',
      'logits',
    ]) {
      assert.equal(tensors[name]?.dtype, 'F32', name);
    }
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    assert.deepEqual(new Set(listed), new Set(Object.keys(tensors).filter((name) => name !== '__metadata__')));
  });

  it('says in the file what was run, and what was changed of it', async () => {
    const file = path.join(folder, 'changed.safetensors');
    const metadata = async (...args: string[]): Promise<Record<string, string>> => {
      const { code, stderr } = await visit(['trace', '--prompt', JAPAN, '--out', file, ...args]);
      assert.equal(code, 0, stderr);
      return header(file).__metadata__ as unknown as Record<string, string>;
    };
    assert.deepEqual(await metadata(), { model: 'visit-small', prompt: JAPAN });
    const { interventions, ...rest } = await metadata(...CHANGES);
    assert.deepEqual(rest, { model: 'visit-small', prompt: JAPAN });
    assert.deepEqual(JSON.parse(interventions), CHANGED);
  });
});

describe('visit lens', () => {
  it('says so when the prompt ends in a space, and answers all the same', async () => {
    const { code, stdout, stderr } = await visit(['lens', '--prompt', `${JAPAN} `, '--format', 'json']);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as LensGrid).tokens.length, 9);
    assert.match(stderr, /^visit: note: The prompt ends in white space/);
    assert.equal((await visit(['lens', '--prompt', JAPAN])).stderr, '');
  });

  it('says so when the beginning of a prompt is typed although the tokenizer adds it', async () => {
    const model = path.join(__dirname, '..', 'oracle', 'wild', 'fixtures', 'bos-typed-too');
    const { code, stderr } = await visit(['lens', '--model', model, '--prompt', '<|begin_of_text|>The capital']);
    assert.equal(code, 0);
    assert.match(stderr, /^visit: note: The prompt begins with <\|begin_of_text\|> twice/);
  });

  it('shows what two lenses read differently of the same streams', async () => {
    const grid = async (lens: string): Promise<LensGrid> =>
      JSON.parse((await visit(['lens', '--prompt', JAPAN, '--lens', lens, '--format', 'json'])).stdout) as LensGrid;
    const both = ['lens', '--prompt', JAPAN, '--lens', 'fitted', '--against-lens', 'logit'];
    const { code, stdout, stderr } = await visit([...both, '--format', 'json']);
    assert.equal(code, 0, stderr);
    const { model, other, listed, cells } = JSON.parse(stdout) as LensDifference;
    assert.deepEqual([model.lens?.name, other?.name, listed, cells.length], ['fitted', 'logit', 5, 9]);
    const [fitted, logit] = [await grid('fitted'), await grid('logit')];
    const idsOf = (scores: readonly { id: number }[]) => scores.map(({ id }) => id);
    for (const { layer, cells: row } of fitted.rows) {
      row.forEach(({ top }, p) => {
        const [one, two] = [idsOf(top), idsOf(logit.rows[layer]?.cells[p]?.top ?? [])];
        const cell = cells[layer + 1]?.[p];
        assert.deepEqual([cell?.first.id, cell?.otherFirst.id], [one[0], two[0]]);
        assert.deepEqual(
          cell && idsOf(cell.only),
          one.filter((id) => !two.includes(id)),
          `layer ${layer}, position ${p}`,
        );
        assert.deepEqual(
          cell && idsOf(cell.otherOnly),
          two.filter((id) => !one.includes(id)),
        );
      });
    }
    const table = (await visit(both)).stdout;
    assert.match(table, /^embeddings .* \| .* 5/m);
    assert.doesNotMatch(table, /^layer 7/m, 'at the last border all lenses say the same');
    assert.match(table, /through the fitted lens \| through the logit lens/);
    assert.match(table, /^Read through the logit lens\. The logit lens agrees with the model in \d+ % /m);
  });

  it('refuses two lenses together with a changed pass, or with a length of their lists', async () => {
    for (const [also, why] of [
      [['--ablate', 'blocks.1.attn'], /an unchanged pass: leave out --ablate/],
      [['--top', '3'], /always lists five tokens of each lens/],
    ] as const) {
      const { code, stdout, stderr } = await visit(['lens', '--prompt', JAPAN, '--against-lens', 'logit', ...also]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, why);
    }
    const { stderr } = await visit(['lens', '--prompt', JAPAN, '--against-lens', 'unknown']);
    assert.match(stderr, /There is no lens "unknown"/);
    for (const option of ['--lens', '--against-lens']) {
      const empty = await visit(['lens', '--prompt', JAPAN, option, '']);
      assert.deepEqual([empty.code, empty.stdout], [2, '']);
      assert.match(empty.stderr, /The name of a lens is empty/);
    }
  });

  it('reads every layer at every position', async () => {
    const { code, stdout, stderr } = await visit(['lens', '--prompt', JAPAN, '--top', '3', '--format', 'json']);
    assert.equal(code, 0, stderr);
    const grid = JSON.parse(stdout) as LensGrid;
    assert.equal(grid.rows.length, grid.model.nLayers);
    for (const row of grid.rows) {
      assert.equal(row.cells.length, grid.tokens.length);
      for (const cell of row.cells) assert.equal(cell.top.length, 3);
    }
    assert.equal(grid.rows.at(-1)?.cells.at(-1)?.top[0].text, ' Tokyo');
  });

  it('prints a table whose last cell is the prediction, and through which lens it reads', async () => {
    const { stdout } = await visit(['lens', '--prompt', JAPAN]);
    const lines = stdout.trimEnd().split('\n');
    assert.match(lines[0], /0 The .*·Japan/);
    assert.match(lines[lines.length - 2], /·Tokyo \d+%$/);
    assert.match(lines[lines.length - 1], /^Read through the fitted lens\./);
  });

  it('says what was changed of the model, as JSON and above the table', async () => {
    const { stdout } = await visit(['lens', '--prompt', JAPAN, ...CHANGES, '--format', 'json']);
    assert.deepEqual((JSON.parse(stdout) as LensGrid).interventions, CHANGED);
    const ordinary = await visit(['lens', '--prompt', JAPAN, '--format', 'json']);
    assert.ok(!('interventions' in (JSON.parse(ordinary.stdout) as object)));
    const [head, first, second, blank, columns] = (await visit(['lens', '--prompt', JAPAN, ...CHANGES])).stdout.split('\n');
    assert.match(head, /^changed +to$/);
    assert.match(first, /^head 2 of layer 4 +0$/);
    assert.match(second, /^attention of layer 0 +its value on “The capital of France is the city of”$/);
    assert.equal(blank, '');
    assert.match(columns, /0 The .*·Japan/);
  });

  it('continues in a further table where a terminal is too narrow', async () => {
    const { stdout } = await visit(['lens', '--prompt', JAPAN, '--format', 'json']);
    const grid = JSON.parse(stdout) as LensGrid;
    const table = lensTable(grid, 60);
    for (const line of table.split('\n')) assert.ok([...line].length <= 60, line);
    assert.equal(table.trim().split('\n\n').length > 1, true);
  });
});
