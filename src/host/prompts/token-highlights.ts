/**
 * The marks of prompt tokens in the editors: one for each side of a comparison; a single graph's prompt is the left one's.
 */
import type * as vscode from 'vscode';
import type { Side } from '../../core/format/comparison';
import { promptsOf, type InspectorResult } from '../session/inspector-input';
import { PromptHighlighter, type Highlight } from './highlight';

/** Which token is marked. */
export interface TokenMark {
  /** index of the token in its prompt; null: none */
  readonly token: number | null;
  /** scrolls to the token too */
  readonly focus: boolean;
  /** absent: left */
  readonly side?: Side;
}

/** See the head of this file. */
export class TokenHighlights implements vscode.Disposable {
  readonly #highlighters: Readonly<Record<Side, PromptHighlighter>> = { left: new PromptHighlighter(), right: new PromptHighlighter() };
  #shown: InspectorResult | undefined;

  /** What is marked, left before right. */
  get current(): readonly Highlight[] {
    return Object.values(this.#highlighters)
      .map(({ current }) => current)
      .filter((highlight) => highlight !== undefined);
  }

  /** From now on tokens are tokens of what is shown. A table of predictions has none to mark. */
  follow(shown: InspectorResult): void {
    this.#shown = shown;
    const [left, right] = shown.kind === 'predictions' ? [] : promptsOf(shown);
    this.#highlighters.left.follow(left);
    this.#highlighters.right.follow(right);
  }

  /**
   * Marks a token, and no other of its side.
   *
   * @param inspectorColumn where the inspector is, which an editor that must be opened leaves in sight
   */
  async mark({ token: index, focus, side = 'left' }: TokenMark, inspectorColumn: vscode.ViewColumn | undefined): Promise<void> {
    const shown = this.#shown;
    const graph = shown?.kind === 'graph' ? shown.graph : shown?.kind === 'comparison' ? shown.comparison[side] : undefined;
    const token = index === null ? undefined : graph?.tokens[index];
    const highlighter = this.#highlighters[side];
    const places = shown === undefined || shown.kind === 'predictions' ? undefined : shown.places[side === 'left' ? 0 : 1];
    // What a template writes, or a model says, stands in no document.
    const place = places === undefined || index === null ? token : places[index];
    if (place) await highlighter.show(place, { reveal: focus, inspectorColumn });
    else highlighter.clear();
  }

  /** Takes all marks away. */
  clear(): void {
    for (const highlighter of Object.values(this.#highlighters)) highlighter.clear();
  }

  dispose(): void {
    for (const highlighter of Object.values(this.#highlighters)) highlighter.dispose();
  }
}
