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

  it('is in English without translations, and hands the page those it has', () => {
    assert.match(html, /<html lang="en">/);
    assert.doesNotMatch(html, /application\/json/);
    const bundle = { Node: 'Vertex', 'Click to pin': '</script><script>alert(1)</script>' };
    const german = pageHtml({ ...assets, translations: { language: 'de', bundle } });
    assert.match(german, /<html lang="de">/);
    const [, json] = /<script type="application\/json" id="visit-l10n">(.*?)<\/script>/.exec(german) ?? [];
    assert.deepEqual(JSON.parse(json ?? ''), bundle, 'no text of it closes the element');
    assert.ok(german.indexOf('visit-l10n') < german.indexOf('inspector.js'), 'the script finds it');
  });

  it('is in English where the language is no language', () => {
    assert.match(pageHtml({ ...assets, translations: { language: '"><b>', bundle: {} } }), /<html lang="en">/);
  });
});
