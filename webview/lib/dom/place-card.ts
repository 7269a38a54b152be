/** Where a hover card goes: beside its node, inside the page, never over the node, and off its neighbours if it can. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const GAP = 12;
const EDGE = 8;
/** Between the places that are tried where a card does not fit beside its node. */
const STEP = 16;
/** A neighbour this close to the node may be overlapped by the card. */
const NEAR = 150;

/**
 * The card's box. Every place beside the node that holds the whole card is tried, and the one that covers the fewest
 * neighbours is taken, the earlier of two that are as good. Where no place holds the whole card, it is cut to the roomier of
 * above and below.
 *
 * @param area what the card stays inside
 * @param neighbours boxes that are better seen
 */
export function placeCard(node: Rect, card: Size, area: Rect, neighbours: readonly Rect[]): Rect {
  const inside: Rect = { left: area.left + EDGE, top: area.top + EDGE, width: area.width - 2 * EDGE, height: area.height - 2 * EDGE };
  const right = inside.left + inside.width;
  const bottom = inside.top + inside.height;
  const size = { width: card.width, height: Math.min(card.height, inside.height) };
  const x = (left: number) => clamp(left, inside.left, right - size.width);
  const y = (top: number) => clamp(top, inside.top, bottom - size.height);

  const after = { x: node.left + node.width + GAP, y: node.top + node.height + GAP };
  const before = { x: node.left - GAP - size.width, y: node.top - GAP - size.height };
  const level = node.top + node.height / 2 - Math.min(size.height / 2, 120);
  const along = node.left + node.width / 2 - size.width / 2;
  // Beyond the neighbours of either side, as long as these are near.
  const nearRight = neighbours.filter((other) => other.left > node.left && other.left - node.left - node.width < NEAR);
  const nearLeft = neighbours.filter((other) => other.left < node.left && node.left - other.left - other.width < NEAR);
  const beyond = {
    right: Math.max(node.left + node.width, ...nearRight.map((other) => other.left + other.width)) + GAP,
    left: Math.min(node.left, ...nearLeft.map((other) => other.left)) - GAP - size.width,
  };
  const places: readonly Rect[] = [
    ...[after.x, before.x, beyond.right, beyond.left].flatMap((left) =>
      [level, after.y, before.y].map((top) => ({ left, top: y(top), ...size })),
    ),
    ...[after.y, before.y].flatMap((top) => [along, after.x, before.x].map((left) => ({ left: x(left), top, ...size }))),
  ];
  const holding = places.filter((place) => within(place, inside) && !overlap(place, node));
  const covered = (place: Rect) => neighbours.filter((other) => overlap(place, other)).length;
  const best = holding.reduce<Rect | null>((least, place) => (least === null || covered(place) < covered(least) ? place : least), null);
  if (best !== null) return best;

  const below = bottom - after.y;
  const above = node.top - GAP - inside.top;
  const height = Math.max(0, Math.min(card.height, Math.max(below, above)));
  return { left: x(along), top: below >= above ? after.y : node.top - GAP - height, width: size.width, height };
}

/**
 * The card's place, which covers neither the node nor a neighbour; null where there is none. Right and left of the node first,
 * then above and below, then the place nearest to it.
 *
 * @param area what the card stays inside
 * @param neighbours boxes that must be seen with the node
 */
export function clearPlace(node: Rect, card: Size, area: Rect, neighbours: readonly Rect[]): Rect | null {
  const right = area.left + area.width - EDGE - card.width;
  const bottom = area.top + area.height - EDGE - card.height;
  const [left, top] = [area.left + EDGE, area.top + EDGE];
  if (right < left || bottom < top) return null;
  const x = (at: number): number => clamp(at, left, right);
  const y = (at: number): number => clamp(at, top, bottom);
  const isFree = (place: Rect): boolean => !overlap(place, node) && !neighbours.some((other) => overlap(place, other));
  const at = (left: number, top: number): Rect => ({ left: x(left), top: y(top), width: card.width, height: card.height });

  const level = node.top + node.height / 2 - card.height / 2;
  const along = node.left + node.width / 2 - card.width / 2;
  const beside = [
    at(node.left + node.width + GAP, level),
    at(node.left - GAP - card.width, level),
    at(along, node.top + node.height + GAP),
    at(along, node.top - GAP - card.height),
  ].find(isFree);
  if (beside !== undefined) return beside;

  let best: Rect | null = null;
  for (let tried = top; tried <= bottom; tried += STEP)
    for (let across = left; across <= right; across += STEP) {
      const place = at(across, tried);
      if (isFree(place) && (best === null || distance(place, node) < distance(best, node))) best = place;
    }
  return best;
}

/** Between the centres of two boxes. */
function distance(one: Rect, other: Rect): number {
  return Math.hypot(one.left + one.width / 2 - other.left - other.width / 2, one.top + one.height / 2 - other.top - other.height / 2);
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

/** Whether two boxes have more than an edge in common. */
export function overlap(one: Rect, other: Rect): boolean {
  return (
    one.left < other.left + other.width &&
    other.left < one.left + one.width &&
    one.top < other.top + other.height &&
    other.top < one.top + one.height
  );
}

function within({ left, top, width, height }: Rect, outer: Rect): boolean {
  return left >= outer.left && top >= outer.top && left + width <= outer.left + outer.width && top + height <= outer.top + outer.height;
}
