import type { Row } from './result.ts';

/** One line of CSV (RFC 4180, ended by \n). NULL is empty, an empty text is `""`, as COPY … CSV writes and reads it. */
export function csvLine(row: Row): string {
  return `${row.map((value) => (value === null ? '' : quoted(value))).join(',')}\n`;
}

// `\.` alone would end a COPY; spreadsheets trim spaces.
const quoted = (text: string): string =>
  text === '' || text === '\\.' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
