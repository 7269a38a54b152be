/** What the map of a story is drawn of: one pass, or the difference of two. */
import type { DifferenceRead, OfSides, StoryDifference } from '../insight/story-difference';
import type { Story, StoryRead } from '../insight/story';
import type { PromptToken, TokenScore } from '../format/flow-graph';
import { showToken } from '../text/token-text';

/** See the head of this file. */
export type AnyStory = Story | StoryDifference;
/** A dot of either map. */
export type AnyRead = StoryRead | DifferenceRead;

/** The tokens of two prompts. */
type Prompts = OfSides<Pick<StoryDifference['left'], 'tokens'>>;

/** What of a story decides where everything is. */
export interface MappedStory<Read extends AnyRead> extends Pick<Story, 'position' | 'hops'>, Partial<Prompts> {
  readonly tokens: AnyStory['tokens'];
  readonly layers: AnyStory['layers'];
  readonly reads: readonly Read[];
  readonly attention: { readonly absolute: number } & Pick<Story['attention'], 'resting'>;
  /** of one pass: the layer from which on the answer leads */
  readonly leadsFrom?: Story['leadsFrom'];
  /** of two: the layer from which on they say different tokens */
  readonly differsFrom?: StoryDifference['differsFrom'];
}

/** A cell of the stream: a token, and the probability of the target there. */
export interface SaidCell {
  readonly token: TokenScore;
  readonly probability: number;
}

/** What a layer says: of two passes one cell for each, or a single one where they say the same. */
export function cellsOf(layer: AnyStory['layers'][number]): readonly SaidCell[] {
  if (!('sides' in layer)) return [{ token: layer.says, probability: layer.target.probability }];
  const { left, right } = layer.sides;
  const cell = ({ says, target }: typeof left): SaidCell => ({ token: says, probability: target.probability });
  return left.says.id === right.says.id
    ? [{ token: left.says, probability: Math.max(left.target.probability, right.target.probability) }]
    : [cell(left), cell(right)];
}

/** What a column stands for: one token, or two where the prompts differ. */
export function columnTokens(story: Pick<AnyStory, 'tokens'> & Partial<Prompts>, at: number): readonly string[] {
  const token = story.tokens[at];
  if (token === undefined) return [];
  if ('text' in token) return [showToken(token)];
  const named = (tokens: readonly PromptToken[] | undefined, i: number | null): string => {
    const own = i === null ? undefined : tokens?.[i];
    return own === undefined ? '–' : showToken(own);
  };
  const [left, right] = [named(story.left?.tokens, token.left), named(story.right?.tokens, token.right)];
  return left === right ? [left] : [left, right];
}

/** What is written by a read, for its label; undefined: it is too small to be labelled. */
export function writtenLabel({ writes }: AnyRead): string | undefined {
  if (writes === undefined) return undefined;
  if (!('left' in writes)) return writes[0] && showToken(writes[0]);
  const tokens = [writes.left[0], writes.right[0]].flatMap((token) => (token ? [showToken(token)] : []));
  return [...new Set(tokens)].join(' | ');
}
