/** The merges of SentencePiece's BPE, which keeps a score for each piece instead: the merge with the best piece comes first. */

/** A piece of the vocabulary, by its text. */
export interface ScoredPiece {
  readonly id: number;
  readonly score: number;
}

/**
 * Every way to put two pieces together that gives a third, in the order in which they are tried; as transformers orders them.
 * @param pieces those that may be part of a merge
 */
export function mergesOf(pieces: ReadonlyMap<string, ScoredPiece>): [string, string][] {
  const merges: { readonly left: string; readonly right: string; readonly score: number; readonly lengths: number }[] = [];
  for (const [whole, { score }] of pieces) {
    const ways: { readonly left: string; readonly right: string; readonly ids: readonly [number, number] }[] = [];
    for (let at = 1; at < whole.length; at++) {
      const left = pieces.get(whole.slice(0, at));
      const right = left && pieces.get(whole.slice(at));
      if (right) ways.push({ left: whole.slice(0, at), right: whole.slice(at), ids: [left.id, right.id] });
    }
    ways.sort((a, b) => a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1]);
    // Of one score, the longer beginning is tried first, then the longer end.
    for (const { left, right } of ways) merges.push({ left, right, score, lengths: left.length * 65_536 + right.length });
  }
  return merges.sort((a, b) => b.score - a.score || b.lengths - a.lengths).map(({ left, right }) => [left, right]);
}
