import assert from 'node:assert/strict';
import { pageHtml } from '../../../../src/host/panel/page-html';

const assets = { script: 'https://x/inspector.js', stylesheet: 'https://x/inspector.css', cspSource: 'https://x', nonce: 'bm9uY2U=' };

describe('The inspector’s document', () => {
  const html = pageHtml(assets);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';

  it('forbids everything that it does not name', () => {
    assert.match(policy, /^default-src 'none'; /);
    assert.doesNotMatch(policy, /unsafe|\*|https:(?!\/\/x)|data:|connect-src/);
  });

  it('lets only its own script run, by nonce', () => {
    assert.match(policy, /script-src 'nonce-bm9uY2U='(;|$)/);
    assert.deepEqual(html.match(/<script[^>]*>[^<]*/g), ['<script nonce="bm9uY2U=" src="https://x/inspector.js">']);
  });

  it('has no style, no script and no handler inline', () => {
    assert.doesNotMatch(html, /<style|style=|\son\w+=/);
  });

  it('cannot be broken by an address', () => {
    const hostile = pageHtml({ ...assets, script: 'x"><script>alert(1)</script>' });
    assert.doesNotMatch(hostile, /<script>alert/);
  });
});
