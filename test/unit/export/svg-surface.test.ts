import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Outline, OutlineWriter } from '../../../webview/graph/outline';
import { SvgSurface } from '../../../webview/picture/svg-surface';
import { xmlText } from '../../../webview/picture/svg-text';
import { readSvg } from '../../support/svg';

/** What has been drawn, as a document. */
function documentOf(draw: (surface: SvgSurface) => void): string {
  const surface = new SvgSurface((text) => 7 * text.length, 'sans-serif');
  draw(surface);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">${surface.content()}</svg>`;
}

describe('The writer of drawings', () => {
  it('writes any text so that a strict parser reads the same, but for what XML cannot hold', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('<script>', '&amp;', ']]>', '\u0000\u0007\u001b', '\ud800', 'a\udc00b', '\ufffe'),
    );
    fc.assert(
      fc.property(nasty, (text) => {
        const svg = documentOf((surface) => surface.group({ name: text }, () => surface.fillText(`x${text}x`, 1, 2)));
        const written = (of: string): string =>
          of.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu, '\ufffd').replace(/\r\n?/g, '\n');
        const { texts, titles } = readSvg(svg);
        assert.deepEqual([texts, titles], [[`x${written(text)}x`], [written(text)]]);
      }),
    );
  });

  it('leaves nothing that a parser of HTML takes for markup', () => {
    assert.equal(xmlText('<script>&"\'</script>]]>'), '&lt;script&gt;&amp;&quot;&#39;&lt;/script&gt;]]&gt;');
  });

  it('writes letters over their own outline as one text', () => {
    const svg = documentOf((surface) => {
      surface.strokeText('·Tokyo', 10, 20);
      surface.fillText('·Tokyo', 10, 20);
      surface.strokeText('alone', 10, 40);
    });
    assert.deepEqual(readSvg(svg).texts, ['·Tokyo', 'alone']);
    assert.match(svg, /<text [^>]*paint-order="stroke">·Tokyo/);
  });

  it('writes what shines through as an opacity, of rgba and of the surface together', () => {
    const svg = documentOf((surface) => {
      surface.globalAlpha = 0.5;
      surface.fillStyle = 'rgba(255, 0, 0, 0.5)';
      surface.fillRect(0, 0, 10, 10);
    });
    assert.match(svg, /fill="#ff0000" fill-opacity="0.25"/);
  });

  it('refuses a paint that it cannot write, rather than leave it out', () => {
    assert.throws(
      () =>
        documentOf((surface) => {
          surface.fillStyle = 'red';
          surface.fillRect(0, 0, 1, 1);
        }),
      RangeError,
    );
    assert.throws(
      () =>
        documentOf((surface) => {
          surface.textBaseline = 'hanging';
          surface.fillText('a', 0, 0);
        }),
      RangeError,
    );
  });

  it('clips shapes and never text', () => {
    const svg = documentOf((surface) => {
      surface.save();
      surface.clip(new Outline('M0 0L10 0L10 10Z'));
      surface.fillRect(0, 0, 5, 5);
      surface.fillText('whole', 1, 2);
      surface.restore();
      surface.fillRect(5, 5, 5, 5);
    });
    assert.equal(svg.match(/clip-path="url\(#clip-1\)"/g)?.length, 1);
    assert.match(svg, /<rect [^>]*clip-path=/);
  });

  it('gives back with restore all that save has kept, dashes and fonts included', () => {
    const svg = documentOf((surface) => {
      surface.save();
      surface.setLineDash([3, 2]);
      surface.font = '600 20px serif';
      surface.restore();
      surface.beginPath();
      surface.moveTo(0, 0);
      surface.lineTo(9, 9);
      surface.stroke();
      surface.fillText('plain', 0, 0);
    });
    assert.doesNotMatch(svg, /dasharray|serif"|font-weight/);
  });

  it('draws a whole circle as two arcs, and a box with round corners inside its bounds', () => {
    const box = new OutlineWriter();
    box.roundRect(10, 20, 30, 8, 99);
    const svg = documentOf((surface) => {
      surface.fill(box.outline());
      surface.beginPath();
      surface.arc(50, 50, 5, 0, 2 * Math.PI);
      surface.fill();
    });
    const { points } = readSvg(svg);
    const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
    assert.deepEqual([Math.min(...xs), Math.max(...xs)], [10, 55]);
    assert.deepEqual([Math.min(...ys), Math.max(...ys)], [20, 50]);
    assert.ok(points.some(({ x }) => x === 45));
  });
});
