/** Pictures in the legend of a drawing, painted as the drawing is. */
import type { EdgeKind } from '#core/format/flow-graph';
import { outline, tornOutline, type Shape } from '../graph/shapes';
import type { Surface } from '../graph/surface';
import { DASHES } from '../graph/edge-styles';
import type { EdgeColours } from '../lib/colour/palettes';
import { PICTURE, type LegendItem } from './caption';

/** A patch of colour. */
export function swatch(colour: string, text: string): LegendItem {
  return {
    text,
    picture(surface, x, y) {
      surface.fillStyle = colour;
      surface.fillRect(x, y + 1, PICTURE.width, PICTURE.height - 2);
    },
  };
}

/** A shape as the drawing has it, in little. @param rest dashed: it stands for many */
export function shapeMark(shape: Shape, colour: string, text: string, rest = false): LegendItem {
  return {
    text,
    picture(surface, x, y) {
      surface.strokeStyle = colour;
      surface.lineWidth = 1.25;
      if (rest) surface.setLineDash([3, 2]);
      surface.stroke(outline(shape, x + PICTURE.width / 2, y + PICTURE.height / 2, PICTURE.width - 2, PICTURE.height - 2));
    },
  };
}

/** A node that only one side of a comparison has. @param side on which it is torn */
export function tornMark(side: 'left' | 'right', colour: string, text: string): LegendItem {
  return {
    text,
    picture(surface, x, y) {
      surface.strokeStyle = colour;
      surface.lineWidth = 1.5;
      surface.stroke(tornOutline(side, x + PICTURE.width / 2, y + PICTURE.height / 2, PICTURE.width - 3, PICTURE.height - 2));
    },
  };
}

/** One line, or several under each other. */
export function lineMark(lines: readonly { readonly colour: string; readonly dashed: boolean }[], text: string): LegendItem {
  return {
    text,
    picture(surface, x, y) {
      const step = PICTURE.height / (lines.length + 1);
      lines.forEach(({ colour, dashed }, i) => {
        surface.strokeStyle = colour;
        surface.lineWidth = lines.length > 1 ? 2 : 3;
        surface.setLineDash(dashed ? [DASHES[0] / 2, DASHES[1] / 2] : []);
        straight(surface, x, y + step * (i + 1), PICTURE.width);
      });
    },
  };
}

/** The edges of a kind; those with a sign have both. */
export function edgeMark(kind: EdgeKind, colours: EdgeColours, text: string): LegendItem {
  const plain = (colour: string): LegendItem => lineMark([{ colour, dashed: false }], text);
  switch (kind) {
    case 'residual':
      return plain(colours.residual);
    case 'norm':
      return plain(colours.norm);
    case 'attention':
      return plain(colours.attention);
    case 'contribution':
    case 'coefficient':
      return lineMark(
        [
          { colour: colours.positive, dashed: false },
          { colour: colours.negative, dashed: true },
        ],
        text,
      );
  }
}

/** A dot of the story's map; a square for what is read against the target. */
export function dotMark(colour: string, against: boolean, text: string): LegendItem {
  return {
    text,
    picture(surface, x, y) {
      const [middle, centre, radius] = [x + PICTURE.width / 2, y + PICTURE.height / 2, 5];
      surface.beginPath();
      if (against) surface.rect(middle - radius, centre - radius, 2 * radius, 2 * radius);
      else surface.arc(middle, centre, radius, 0, 2 * Math.PI);
      surface.fillStyle = colour;
      surface.fill();
    },
  };
}

/** A hop of the story's map: a ring at what is read, and a line from there. */
export function hopMark(colour: string, text: string): LegendItem {
  return {
    text,
    picture(surface, x, y) {
      const [centre, radius] = [y + PICTURE.height / 2, 4];
      surface.strokeStyle = colour;
      surface.lineWidth = 1.5;
      surface.beginPath();
      surface.arc(x + radius + 1, centre, radius, 0, 2 * Math.PI);
      surface.stroke();
      straight(surface, x + 2 * radius + 1, centre, PICTURE.width - 2 * radius - 1);
    },
  };
}

function straight(surface: Surface, x: number, y: number, length: number): void {
  surface.beginPath();
  surface.moveTo(x, y);
  surface.lineTo(x + length, y);
  surface.stroke();
}
