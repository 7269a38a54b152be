/** How wide a text will be where nothing can measure it: by the widths of Helvetica, which the fonts of papers share. */

/** Advance widths of the printable ASCII characters, from the space on, in thousandths of the font's size. */
const ASCII = (
  '278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 ' +
  '1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 ' +
  '333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584'
)
  .split(' ')
  .map(Number);

/** Others that are often written here. */
const OTHERS: Readonly<Record<string, number>> = { '·': 333, '−': 584, '…': 1000, '→': 1000, '‘': 222, '’': 222, '⏎': 1000 };

/** Characters as wide as the font is high. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

/** Another letter, in thousandths. */
const LETTER = 600;
/** A character of a monospaced font, in parts of the font's size. */
const MONOSPACED = 0.602;
/** Fonts that may replace these are wider; bold letters are too. */
const SPARE = 1.17;

/** Width of a text in pixels, rather too large than too small. @param font as CSS: "600 12px sans-serif" */
export function textWidth(text: string, font: string): number {
  const size = Number(/([\d.]+)px/.exec(font)?.[1] ?? 10);
  const monospaced = /\bmonospace\b/.test(font);
  const widths = Array.from(text, (character) => {
    if (WIDE.test(character)) return 1000;
    if (monospaced) return 1000 * MONOSPACED;
    return SPARE * (ASCII[(character.codePointAt(0) ?? 0) - 0x20] ?? OTHERS[character] ?? LETTER);
  });
  return (size * widths.reduce((sum, width) => sum + width, 0)) / 1000;
}
