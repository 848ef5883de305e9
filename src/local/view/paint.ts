import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan' | 'magenta';

/** Gives a text its colour, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export const plainPaint: Paint = (_, text) => text;

/** Colours where the stream is a terminal that shows them; honours NO_COLOR and FORCE_COLOR. */
export function paintFor(stream: WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}
