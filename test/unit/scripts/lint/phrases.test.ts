import assert from 'node:assert/strict';
import { findPhrases, PHRASES } from '../../../../scripts/lint/phrases';

const found = (text: string): string[] => findPhrases(text).map((finding) => finding.found);

describe('Phrases that read as translated', () => {
  const translated: Record<string, string[]> = {
    'The file is no folder.': ['is no folder'],
    'Later layers are computed anew.': ['anew'],
    'What is written behind the comma.': ['behind'],
    'The norm in front of it.': ['in front of'],
    'Whoever asks gets an answer.': ['Whoever'],
    'A value that is put in comes from there.': ['is put in'],
    'It stops, for it has seen enough.': [', for it'],
    'What contains another wins.': ['wins'],
    'A download goes on where it was cut, and is believed.': ['goes on', 'believed'],
    'VS Code could not be had.': ['could not be had'],
    'The weights lie in one file.': ['lie in'],
    'What stands before it is read.': ['stands before'],
    'The layer in which the passes part.': ['passes part'],
    'Nobody has looked yet.': ['Nobody has'],
  };
  for (const [text, phrases] of Object.entries(translated)) {
    it(`are found in “${text}”`, () => {
      assert.deepEqual(found(text), phrases);
    });
  }

  const idiomatic = [
    'There is no converted model on disk.',
    'The answer is no longer needed, and the model is no larger than 5 MB.',
    'The layer at which the passes part ways.',
    'A list is put in a table, and `~` stands for your home folder.',
    'VISIT goes on to the next line.',
  ];
  for (const text of idiomatic) {
    it(`are not found in “${text}”`, () => {
      assert.deepEqual(found(text), []);
    });
  }

  it('are reported in the order of their places, with what to write instead', () => {
    assert.deepEqual(findPhrases('anew and behind'), [
      { offset: 0, found: 'anew', better: '“again”; “recomputed”' },
      { offset: 9, found: 'behind', better: '“after”' },
    ]);
  });

  it('are each looked for globally, so that none is missed', () => {
    assert.deepEqual(
      PHRASES.filter(({ pattern }) => !pattern.global),
      [],
    );
  });
});
