import assert from 'node:assert/strict';
import fc from 'fast-check';
import { proseOf } from '../../../../scripts/lint/prose';

const words = (name: string, text: string, comments = false): string => proseOf(name, text, { comments }).replace(/\s+/g, ' ').trim();

describe('The prose of a file', () => {
  it('is the text of a document, without its code and its links', () => {
    const text = [
      '# Title',
      '',
      'Run `npm anew` as [said](behind.md).',
      '',
      '```sh',
      'echo anew',
      '```',
      '',
      '    npm anew',
      '',
      'End',
    ].join('\n');
    assert.equal(words('a.md', text), '# Title Run as [said . End');
  });

  it('is the strings of a program, without module names', () => {
    const text = "import { a } from 'behind';\n// anew\nconst b = 'one' + `two ${a('three')} four ${a} five` + a.behind;";
    assert.equal(words('a.ts', text), "'one' `two ${ 'three' } four ${ } five`");
  });

  it('has the comments too where they are asked for', () => {
    const text = '/** one */\nfunction f(): void {\n  // two\n} // three\n';
    assert.equal(words('a.ts', text, true), '/** one */ // two // three');
  });

  it('is the values of JSON, not its keys', () => {
    assert.equal(words('a.json', '{ "key": "one \\"two\\"", "n": [1, "x"] }'), 'one \\"two\\"');
  });

  it('is the comments of a stylesheet, where they are asked for', () => {
    const text = '/* one */ a { color: red; }';
    assert.deepEqual([words('a.css', text), words('a.css', text, true)], ['', '/* one */']);
  });

  it('keeps every line and every offset', () => {
    const name = fc.constantFrom('a.md', 'a.ts', 'a.json', 'a.css');
    const piece = fc.constantFrom('`', '```', "'", '"', '//', '/*', '*/', '\n', ' ', 'word', '日本', '🗼', '${', '}', '](x)', ': ');
    fc.assert(
      fc.property(name, fc.array(piece), fc.boolean(), (file, pieces, comments) => {
        const text = pieces.join('');
        const prose = proseOf(file, text, { comments });
        assert.equal(prose.length, text.length);
        for (let i = 0; i < text.length; i++) assert.ok(prose[i] === text[i] || (prose[i] === ' ' && text[i] !== '\n'), `at ${i}`);
      }),
    );
  });
});
