import assert from 'node:assert/strict';
import { withoutLayout } from '../../webview/lib/dom/html';

/** An expression in a template's source. */
const X = '\uE000';

describe('A template', () => {
  it('has no white space between tags and expressions', () => {
    assert.equal(
      withoutLayout(`<ul class=${X} title="a b">\n  ${X}\n  <li>${X}</li> ${X} ${X}\n</ul>`),
      `<ul class=${X} title="a b">${X}<li>${X}</li>${X}${X}</ul>`,
    );
  });

  it('has no line break where a tag opens or closes, and one space for any other', () => {
    assert.equal(withoutLayout('<p>\n  One\n  two\n  <b>three</b>\n  four.\n</p>'), '<p>One two <b>three</b> four.</p>');
    assert.equal(withoutLayout(`${X}\n tokens`), `${X} tokens`);
    assert.equal(withoutLayout('<b> a </b>'), '<b> a </b>');
  });

  it('keeps the spaces between attributes, also where these are expressions', () => {
    const tag = `<input\n  .value=${X}\n  ?hidden=${X}\n  title="${X} of ${X}"\n/>`;
    assert.equal(withoutLayout(tag), tag);
  });
});
