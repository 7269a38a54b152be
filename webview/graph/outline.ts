/** Outlines that a canvas draws and that can be written down: a `Path2D` says nothing of what is in it. */

/** Where there is no canvas an outline is only written. */
const Path: typeof Path2D = typeof Path2D === 'undefined' ? (Object as unknown as typeof Path2D) : Path2D;

/** See the head of this file. */
export class Outline extends Path {
  /** as the `d` of an SVG path */
  readonly d: string;

  /** @param d as the `d` of an SVG path */
  constructor(d: string) {
    super(d);
    this.d = d;
  }
}

/** Writes an outline step by step, with the names that a canvas has for them. */
export class OutlineWriter {
  #d = '';

  moveTo(x: number, y: number): void {
    this.#d += `M${number(x)} ${number(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.#d += `L${number(x)} ${number(y)}`;
  }

  closePath(): void {
    this.#d += 'Z';
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#d += `M${number(x)} ${number(y)}h${number(width)}v${number(height)}h${number(-width)}Z`;
  }

  /** A box with round corners; the radius is never more than half a side. */
  roundRect(x: number, y: number, width: number, height: number, radius: number): void {
    const r = Math.min(radius, width / 2, height / 2);
    const corner = (dx: number, dy: number): string => `a${number(r)} ${number(r)} 0 0 1 ${number(dx)} ${number(dy)}`;
    const [across, down] = [number(width - 2 * r), number(height - 2 * r)];
    const [back, up] = [number(2 * r - width), number(2 * r - height)];
    this.#d +=
      `M${number(x + r)} ${number(y)}h${across}${corner(r, r)}v${down}${corner(-r, r)}` +
      `h${back}${corner(-r, -r)}v${up}${corner(r, -r)}Z`;
  }

  /** A whole ellipse. */
  ellipse(x: number, y: number, radiusX: number, radiusY: number): void {
    const half = (dx: number): string => `a${number(radiusX)} ${number(radiusY)} 0 1 1 ${number(dx)} 0`;
    this.#d += `M${number(x - radiusX)} ${number(y)}${half(2 * radiusX)}${half(-2 * radiusX)}Z`;
  }

  /** What has been written. */
  outline(): Outline {
    return new Outline(this.#d);
  }
}

/** A length as SVG writes it, to a hundredth of a pixel. */
export function number(value: number): string {
  return String(Number(value.toFixed(2)));
}
