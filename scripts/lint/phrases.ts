/** Phrases that read as translated, and what to write instead. */

/** One kind of phrase. */
export interface Phrase {
  /** what to look for; global, so that every occurrence is found */
  readonly pattern: RegExp;
  /** what a native speaker would write, for the message */
  readonly better: string;
}

/** A place where a phrase occurs. */
export interface Finding {
  /** offset of the phrase in the text */
  readonly offset: number;
  readonly found: string;
  readonly better: string;
}

/** Every phrase that is checked. Idiomatic uses of the same words are exempt in the pattern itself. */
export const PHRASES: readonly Phrase[] = [
  {
    pattern: /(?<!\b(?:there|here|where) )\b(?:is|are|was|were|be) no (?!longer|more\b|less|larger|smaller|better|worse|such)[\w-]+/gi,
    better: '“is not a …”, “does not …”',
  },
  { pattern: /\bbehind\b/gi, better: '“after”' },
  { pattern: /\bin front of\b/gi, better: '“before”' },
  { pattern: /\banew\b/gi, better: '“again”; “recomputed”' },
  { pattern: /\bwho(?:so)?ever\b/gi, better: '“anyone who …”' },
  {
    pattern: /\b(?:is|are|was|were|been) put in\b(?! (?:a|an|the|quotes|its)\b)|\bput in place of\b/gi,
    better: '“patched”, “replaced with”',
  },
  { pattern: /, for (?:it|they)\b/gi, better: '“because”' },
  { pattern: /\bwins\b/gi, better: '“overrides …”' },
  { pattern: /\bgo(?:es)? on(?! to\b)\b/gi, better: '“continues”, “resumes”' },
  { pattern: /\bbelieved\b/gi, better: '“verified”, “trusted”' },
  { pattern: /\binsists?\b/gi, better: '“overrides …”' },
  { pattern: /\bhas no say\b|\bhave a say\b/gi, better: '“does not enter …”' },
  { pattern: /\b(?:can|could|cannot|may|to) (?:not )?be had\b/gi, better: '“is (not) available”' },
  { pattern: /\bof no (?:account|concern|use)\b/gi, better: '“does not matter”' },
  { pattern: /\b(?:lie|lies|lay|lying) (?:in|on|at|where|there|beside|below|above|under|as)\b/gi, better: '“is in”, “is stored in”' },
  { pattern: /\bstands? (?:in|on|at|where|there|before|after|beside|alone|right)\b/gi, better: '“is in”, “comes before”' },
  { pattern: /\bpart(?:s|ed)? (?:most|first)\b|\bpasses part\b(?! ways)|\bthe parting\b/gi, better: '“part ways”, “diverge”' },
  { pattern: /\bnobody has\b|\bno one has yet\b/gi, better: '“not … yet”' },
  { pattern: /\bnot one token,? but\b/gi, better: '“more than one token”' },
  { pattern: /\b(?:works?|answers?|called|stops?|shown|begins?) at once\b/gi, better: '“immediately”, “right away”' },
  { pattern: /\bbe it\b/gi, better: '“whether … or”' },
  { pattern: /\bin the same way as\b/gi, better: '“like”' },
  { pattern: /\bheld against\b/gi, better: '“compared with”, “tested against”' },
  { pattern: /\bstems? from\b/gi, better: '“comes from”' },
];

/** Every phrase of `phrases` in a text, in the order of their places. */
export function findPhrases(text: string, phrases: readonly Phrase[] = PHRASES): Finding[] {
  return phrases
    .flatMap(({ pattern, better }) => [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ offset: index, found, better })))
    .sort((a, b) => a.offset - b.offset);
}
