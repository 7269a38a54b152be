import assert from 'node:assert/strict';
import { buildStory, type Story } from '../../../src/core/insight/story';
import { nodeTitle } from '../../../src/core/present/describe';
import { showToken } from '../../../src/core/text/token-text';
import { graphSvg, storySvg, type PictureColours } from '../../../src/export/drawings';
import { NASTY_TOKENS, sampleGraph, samplePass } from '../../webview/sample-graph';
import { readSvg, type ReadSvg } from '../../support/svg';

/** Half the pixel that rounding may take. */
const ROUNDING = 0.5;

function assertInside({ points, width, height }: ReadSvg): void {
  for (const { x, y } of points)
    assert.ok(
      x >= -ROUNDING && y >= -ROUNDING && x <= width + ROUNDING && y <= height + ROUNDING,
      `${x}, ${y} is outside ${width} × ${height}`,
    );
}

async function sampleStory(prompt?: string): Promise<Story> {
  const pass = samplePass(prompt === undefined ? {} : { prompt });
  const options = { position: pass.tokens.length - 1, target: null, tokens: 5, labelled: 0.6 };
  return buildStory(pass, options, { signal: { aborted: false }, report: () => undefined });
}

/** Words of which the sample's tokens are made, with all that is hostile to markup. */
const NASTY = `The <script>alert(1)</script> ]]> & \u0007 \ud800 of ${NASTY_TOKENS.join(' ')} city`;

describe('Drawings without a page', () => {
  for (const colours of ['light', 'dark'] as const satisfies readonly PictureColours[]) {
    it(`draw every node of a flow graph with its name, ${colours}`, async () => {
      const graph = await sampleGraph({ layers: { from: 10, to: 11 } });
      const svg = readSvg(graphSvg(graph, colours));
      const names = new Map<string, number>();
      for (const title of svg.titles) names.set(title, (names.get(title) ?? 0) + 1);
      for (const node of graph.nodes) {
        const name = nodeTitle(node, graph);
        const count = names.get(name) ?? 0;
        assert.ok(count > 0, name);
        names.set(name, count - 1);
      }
      assertInside(svg);
    });

    it(`draw a story with every layer, labels of reads and every token of the prompt, ${colours}`, async () => {
      const story = await sampleStory();
      const svg = readSvg(storySvg(story, colours));
      for (const { layer } of story.layers) assert.ok(svg.texts.includes(String(layer)));
      for (const token of story.tokens) assert.ok(svg.texts.some((text) => text.startsWith(showToken(token).slice(0, 4))));
      const written = story.reads.flatMap(({ writes }) => (writes?.[0] === undefined ? [] : [showToken(writes[0])]));
      assert.ok(
        written.some((token) => svg.texts.includes(token)),
        'some read is labelled',
      );
      assertInside(svg);
    });
  }

  it('say model, prompt and target, and what the colours mean', async () => {
    const graph = await sampleGraph();
    const { texts } = readSvg(graphSvg(graph, 'light'));
    const all = texts.join(' ');
    for (const word of [graph.prompt, graph.model.name, showToken(graph.target), 'Rank of', 'attention probability', 'feed-forward'])
      assert.ok(all.includes(word), word);
  });

  it('survive tokens that are hostile to markup', async () => {
    const graph = await sampleGraph({ prompt: NASTY });
    for (const svg of [graphSvg(graph, 'light'), storySvg(await sampleStory(NASTY), 'light')]) {
      const { elements } = readSvg(svg);
      assert.deepEqual(
        [...elements].filter((name) => !['svg', 'title', 'rect', 'path', 'text', 'g', 'defs', 'clipPath'].includes(name)),
        [],
      );
    }
  });

  it('draw one token, and a prompt of hundreds', async () => {
    for (const prompt of ['The', Array.from({ length: 300 }, (_, i) => `word${i % 7}`).join(' ')]) {
      assertInside(readSvg(graphSvg(await sampleGraph({ prompt }), 'light')));
      assertInside(readSvg(storySvg(await sampleStory(prompt), 'light')));
    }
  });
});
