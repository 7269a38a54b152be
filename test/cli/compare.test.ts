import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import type { Comparison } from '../../src/core/format/comparison';
import type { PredictionTable } from '../../src/core/format/prediction-table';
import { ROOT, visit } from '../support/visit';

const JAPAN = 'The capital of Japan is the city of';
const FRANCE = 'The capital of France is the city of';
const schema: object = JSON.parse(readFileSync(path.join(ROOT, 'docs', 'comparison.schema.json'), 'utf8'));
const validate = new Ajv2020().compile(schema);

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await visit(['compare', ...args]);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout;
}

async function compare(...args: string[]): Promise<Comparison> {
  const answer: unknown = JSON.parse(await run('--prompt', JAPAN, '--prompt', FRANCE, ...args));
  assert.ok(validate(answer), JSON.stringify(validate.errors?.slice(0, 3)));
  return answer as Comparison;
}

describe('visit compare', () => {
  it('reads each prompt for what it predicts, in JSON that follows the published schema', async () => {
    const { left, right, contrast } = await compare();
    assert.deepEqual([left.prompt, left.target.text, right.prompt, right.target.text], [JAPAN, ' Tokyo', FRANCE, ' Paris']);
    assert.equal(contrast.of, 'targets');
    assert.ok(contrast.left < 0 && contrast.right > 0);
    assert.equal(left.layers.length, 1);
  });

  it('reads both for one token, for one side’s prediction, or for the difference of both', async () => {
    const small = ['--layers', '3', '--heads', '1', '--top', '1', '--bottom', '0', '--tokens', '1'];
    const targets = async (...args: string[]) => {
      const { left, right } = await compare(...small, ...args);
      assert.deepEqual([left.layers, right.layers], [[3], [3]]);
      return [left.target, right.target].map(({ text, against }) => text + (against ? ` −${against.text}` : ''));
    };
    assert.deepEqual(await targets('--target', ' Rome'), [' Rome', ' Rome']);
    assert.deepEqual(await targets('--target', ' Rome', '--against', ' Oslo'), [' Rome − Oslo', ' Rome − Oslo']);
    assert.deepEqual(await targets('--common-target', 'right'), [' Paris', ' Paris']);
    assert.deepEqual(await targets('--common-target', 'difference'), [' Tokyo − Paris', ' Tokyo − Paris']);
  });

  it('estimates effects on both sides and their change where they are asked for, and orders the table by it', async () => {
    const small = ['--layers', '7', '--heads', '2', '--top', '2', '--bottom', '0'];
    const { left, right, nodes } = await compare('--effects', ...small);
    assert.deepEqual([left.effects?.baseline, right.effects?.baseline], ['zero', 'zero']);
    const of = ({ nodes: all }: typeof left, id: string | null) => all.find((node) => node.id === id)?.effect?.value ?? NaN;
    const head = nodes.find(({ id, change }) => /head\.\d+$/.test(id) && change.effect !== undefined);
    assert.ok(head?.change.effect);
    assert.equal(head.change.effect, of(right, head.right) - of(left, head.left));
    assert.ok(nodes.every(({ id, change }) => !id.includes('resid') || change.effect === undefined));
    assert.equal((await compare(...small)).left.effects, undefined);
    const table = await run('--prompt', JAPAN, '--prompt', FRANCE, ...small, '--by', 'effect', '--format', 'table');
    const list = table.slice(table.indexOf('effect: left')).split('\n').slice(1);
    const changes = list
      .flatMap((line) => /^\S+ +\S+ +\S+ +([+−]\d[\d.]*) /.exec(line)?.[1] ?? [])
      .map((figure) => Number(figure.slice(1)));
    assert.ok(changes.length > 2, table);
    assert.deepEqual(
      changes,
      [...changes].sort((a, b) => b - a),
    );
  });

  it('writes one page that holds the comparison', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'visit-cli-'));
    try {
      const file = path.join(folder, 'both.html');
      assert.equal(await run('--prompt', JAPAN, '--prompt', FRANCE, '--format', 'html', '--out', file), '');
      const json = /<script type="application\/json" id="visit-comparison">(.*?)<\/script>/s.exec(readFileSync(file, 'utf8'));
      assert.ok(json);
      assert.ok(validate(JSON.parse(json[1])));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lists what changed as a table', async () => {
    const table = await run('--prompt', JAPAN, '--prompt', FRANCE, '--format', 'table');
    assert.match(table, /left +The capital of Japan .*·Tokyo/);
    assert.match(table, /value at ‘·Japan’ \/ ‘·France’/);
  });

  describe('of a model that is changed while it runs', () => {
    const PATCH = ['--patch', 'blocks.0.attn', '--from-prompt', FRANCE];
    const CHANGED = [{ mode: 'patch', component: 'blocks.0.attn', prompt: FRANCE }];
    const comparisonOf = async (...args: string[]) => {
      const answer: unknown = JSON.parse(await run('--prompt', JAPAN, ...args));
      assert.ok(validate(answer), JSON.stringify(validate.errors?.slice(0, 3)));
      return answer as Comparison;
    };
    const best = ({ stream }: Comparison['left']) => stream[stream.length - 1].reading.top[0].text;

    it('compares one prompt before and after, for the token that was predicted before', async () => {
      const { left, right, contrast, alignment } = await comparisonOf(...PATCH);
      assert.deepEqual([left.prompt, right.prompt, left.interventions, right.interventions], [JAPAN, JAPAN, undefined, CHANGED]);
      assert.deepEqual(
        [best(left), best(right)],
        [' Tokyo', ' Paris'],
        'attention of the first layer carries the country to where it is needed',
      );
      assert.deepEqual([left.target.text, right.target.text, contrast.of], [' Tokyo', ' Tokyo', 'target']);
      assert.ok(right.target.logit < left.target.logit - 10);
      assert.ok(alignment.every(([l, r]) => l === r));
    });

    it('reads both for other tokens when they are asked for', async () => {
      const { right, contrast } = await comparisonOf(...PATCH, '--common-target', 'difference');
      assert.deepEqual([right.target.text, right.target.against?.text], [' Tokyo', ' Paris']);
      assert.ok(contrast.left > 0 && contrast.right < 0);
      assert.equal((await comparisonOf(...PATCH, '--target', ' Rome')).left.target.text, ' Rome');
    });

    it('changes the second of two prompts', async () => {
      const { left, right } = await comparisonOf('--prompt', FRANCE, '--ablate', 'blocks.0.mlp', '--ablate', 'blocks.1.attn.head.0');
      assert.deepEqual([left.prompt, right.prompt, left.interventions], [JAPAN, FRANCE, undefined]);
      assert.deepEqual(
        right.interventions?.map(({ mode, component }) => `${mode} ${component}`),
        ['zero blocks.0.mlp', 'zero blocks.1.attn.head.0'],
      );
    });

    it('as a table says before and after, and what was changed', async () => {
      const table = await run('--prompt', JAPAN, ...PATCH, '--ablate', 'blocks.7.mlp', '--format', 'table');
      assert.match(table, /^before +The capital of Japan .*·Tokyo \d+%/m);
      assert.match(table, /^after +The capital of Japan .*·Paris \d+%/m);
      assert.match(table, /^after +attention of layer 0 +its value on “The capital of France is the city of”$/m);
      assert.match(table, /^after +feed-forward layer 7 +0$/m);
      assert.match(table, /^contrast +node +before +after$/m);
    });

    it('as a table says which changes are without effect, because what contains them is changed', async () => {
      const table = await run(
        '--prompt',
        JAPAN,
        '--ablate',
        'blocks.4.attn.head.2',
        '--ablate',
        'blocks.4.attn',
        '--ablate',
        'blocks.5.mlp.neuron.3',
        '--ablate',
        'blocks.6.attn.head.2',
        '--patch',
        'blocks.5.mlp',
        '--from-prompt',
        FRANCE,
        '--format',
        'table',
      );
      assert.match(table, /^after +head 2 of layer 4 +0 \(no effect: part of blocks\.4\.attn\)$/m);
      assert.match(table, /^after +attention of layer 4 +0$/m);
      assert.match(table, /^after +neuron 3 of layer 5 +0 \(no effect where blocks\.5\.mlp is replaced\)$/m);
      assert.match(table, /^after +head 2 of layer 6 +0$/m);
    });

    it('as a page holds both passes', async () => {
      const page = await run('--prompt', JAPAN, ...PATCH, '--format', 'html');
      const json = /<script type="application\/json" id="visit-comparison">(.*?)<\/script>/s.exec(page);
      assert.deepEqual((JSON.parse(json?.[1] ?? '') as Comparison).right.interventions, CHANGED);
    });
  });

  it('predicts for each line of a file, and says which line cannot be', async () => {
    const { code, stdout } = await visit(
      ['compare', '--prompts', '-', '--tokens', '2'],
      `# capitals\n${JAPAN}\n\n${FRANCE}\n${'word '.repeat(3000)}\n`,
    );
    assert.equal(code, 0);
    const { rows } = JSON.parse(stdout) as PredictionTable;
    assert.deepEqual(
      rows.map((row) => ('problem' in row ? row.problem.code : row.top[0]?.text)),
      [' Tokyo', ' Paris', 'prompt-too-long'],
    );
    assert.ok(rows.every((row) => 'problem' in row || (row.top.length === 2 && row.entropy >= 0)));
  });

  const bad: [string, string[]][] = [
    ['one prompt', ['--prompt', JAPAN]],
    ['no prompt', []],
    ['a page of three prompts', ['--prompt', 'a', '--prompt', 'b', '--prompt', 'c', '--format', 'html']],
    ['two ways to name the target', ['--prompt', 'a', '--prompt', 'b', '--target', ' x', '--common-target', 'left']],
    ['a change of more than two prompts', ['--prompt', 'a', '--prompt', 'b', '--prompt', 'c', '--ablate', 'blocks.0.mlp']],
    ['a component that is none', ['--prompt', 'a', '--ablate', 'layer 3']],
    ['a patch without a prompt', ['--prompt', 'a', '--patch', 'blocks.0.mlp']],
    ['prompts from two places', ['--prompt', 'a', '--prompts', 'file']],
  ];
  for (const [what, args] of bad) {
    it(`${what} ends with 2 and says so on stderr`, async () => {
      const { code, stdout, stderr } = await visit(['compare', ...args]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^visit: [^\n]+\n$/);
    });
  }
});
