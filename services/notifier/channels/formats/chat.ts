// A letter as lines of chat: what all chat formats share. Each has its own marks for bold and links, and its own way to say a value
// so that nobody is called and no link is made by it.
import type { Block, Letter } from '../../letter.ts';
import { inline } from '../../render/visible.ts';

export interface Marks {
  /** One line of somebody else's words, as it is to be read. */
  say(text: string): string;
  bold(said: string): string;
  link(said: string, url: string): string;
  warning: string;
}

/** Characters of one value, before it is marked up: a hostile name must not fill the message. */
const VALUE = 500;
/** Rows of one list; the record has them all. */
const ROWS = 20;

export const say = ({ say }: Marks, text: string): string => say(inline(text, VALUE));

export const leadLines = (letter: Letter, marks: Marks): string[] => [
  ...letter.lead.map((sentence) => say(marks, sentence)),
  ...letter.warnings.flatMap(({ title, note, rows }) => [
    `${marks.warning} ${marks.bold(say(marks, [title, note].filter(Boolean).join('. ')))}`,
    ...rowLines(rows, marks),
  ]),
];

export const factLines = (letter: Letter, marks: Marks): string[] =>
  letter.facts.map(([label, value]) => `${marks.bold(say(marks, label))}: ${say(marks, value)}`);

export const blockLines = ({ title, note, rows }: Block, marks: Marks): string[] => [
  `${marks.bold(say(marks, title))}:`,
  ...(note ? [say(marks, note)] : []),
  ...rowLines(rows, marks),
];

/** Links: to answer, and to stop. */
export const stopLines = ({ open, stop }: Letter, marks: Marks): string[] => [
  ...(open ? [marks.link(say(marks, open.words), new URL(open.url).href)] : []),
  ...stop.map(({ about, url }) => marks.link(`Stop ${about ? say(marks, about) : 'it'}`, new URL(url).href)),
];

function rowLines(rows: string[][], marks: Marks): string[] {
  const lines = rows.slice(0, ROWS).map((row) => `• ${row.map((cell) => say(marks, cell)).join('  ')}`);
  return rows.length > ROWS ? [...lines, `… and ${rows.length - ROWS} more`] : lines;
}

/** As many whole lines as fit into so many UTF-16 units; the last one says how many are left out. */
export function fit(lines: string[], most: number): string {
  const whole = lines.join('\n');
  if (whole.length <= most) return whole;
  let size = '… 9999999 more lines'.length;
  const kept = lines.findIndex((line) => {
    size += line.length + 1;
    return size > most;
  });
  return [...lines.slice(0, kept), `… ${lines.length - kept} more lines`].join('\n');
}

/** Has no width and joins nothing: set between two characters, they are no longer read as a sign. */
export const APART = '\u200c';

/** For those whose chat is Markdown. Every sign of it is shown instead of obeyed. */
export const markdown = (text: string): string =>
  text.replace(/[\\`*_~|#[\]()<>@:+!-]/g, (sign) => (sign === '@' || sign === ':' ? `${sign}${APART}` : `\\${sign}`));

/** As the bar over a mail. */
export const COLOURS: Record<Letter['tone'], string> = { calm: '#475569', write: '#d97706', alarm: '#dc2626' };
