import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Cells that `text` takes on a terminal. */
export const widthOf = (text: string): number => stringWidth(text, { countAnsiEscapeCodes: false });

/** `text` in exactly `width` cells: cut with an ellipsis, or filled with spaces. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return align === 'right' ? space + shown : shown + space;
}

/** `text` in at most `width` cells, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let shown = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const wide = widthOf(segment);
    if (used + wide > width - 1) break;
    shown += segment;
    used += wide;
  }
  return `${shown}…`;
}

/** Column widths that fit into `room`, the widest shrunk first, none below `least`; null when that cannot be. */
export function shrink(natural: number[], room: number, least: number): number[] | null {
  const widths = [...natural];
  let total = widths.reduce((sum, width) => sum + width, 0);
  while (total > room) {
    const widest = Math.max(...widths);
    if (widest <= least) return null;
    const second = Math.max(least, ...widths.filter((width) => width < widest));
    const tied = widths.filter((width) => width === widest).length;
    const target = Math.max(second, widest - Math.ceil((total - room) / tied));
    for (const [i, width] of widths.entries()) {
      if (width !== widest || total <= room) continue;
      const next = Math.max(target, width - (total - room));
      total -= width - next;
      widths[i] = next;
    }
  }
  return widths;
}
