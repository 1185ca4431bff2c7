// An ErrorResponse as people read it, and what it means for the program.
import { SQLSTATE } from '../../services/contract/errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { cut, widthOf } from './output/fit.ts';
import { visible, visibleLine } from './output/visible.ts';
import type { Style } from './style.ts';

/** The fields of an ErrorResponse or NoticeResponse, as `pg` names them. */
export interface ServerMessage {
  severity?: string | undefined;
  /** SQLSTATE. */
  code?: string | undefined;
  message?: string | undefined;
  detail?: string | undefined;
  hint?: string | undefined;
  /** 1-based, in characters. */
  position?: string | undefined;
  where?: string | undefined;
  schema?: string | undefined;
  table?: string | undefined;
  column?: string | undefined;
  dataType?: string | undefined;
  constraint?: string | undefined;
  file?: string | undefined;
  line?: string | undefined;
  /** sudoql's stable code where `file` is `sudoql`. */
  routine?: string | undefined;
}

/** A statement that the target or the gateway answered with an error. */
export class StatementError extends Error {
  override name = 'StatementError';
  readonly fields: ServerMessage;
  readonly statement: string;

  constructor(fields: ServerMessage, statement: string) {
    super(fields.message ?? 'unknown error');
    this.fields = fields;
    this.statement = statement;
  }

  /** sudoql's stable code; null for the target's own errors. */
  get sudoqlCode(): string | null {
    return this.fields.file === 'sudoql' ? (this.fields.routine ?? null) : null;
  }

  get exitCode(): ExitCode {
    const code = this.sudoqlCode;
    if (code === 'write_needs_elevation') return EXIT.readMode;
    if (code?.startsWith('sudo_')) return EXIT.elevation;
    if (code && code in SQLSTATE && this.fields.code === '42501') return EXIT.refused;
    return EXIT.statement;
  }
}

/** The lines of a message, with the place in the statement where it has one: so much of it as `columns` hold. */
export function describeMessage(
  fields: ServerMessage,
  statement: string | null,
  style: Style,
  columns?: number,
): string {
  const severity = fields.severity ?? 'ERROR';
  const paint = severity === 'ERROR' || severity === 'FATAL' || severity === 'PANIC' ? style.red : style.yellow;
  const lines = [`${paint(`${visibleLine(severity)}:`)} ${visible(fields.message ?? '')}`];
  const position = Number(fields.position);
  if (statement !== null && position > 0) lines.push(...place(statement, position, columns));
  if (fields.detail) lines.push(`${style.bold('DETAIL:')} ${visible(fields.detail)}`);
  if (fields.hint) lines.push(`${style.bold('HINT:')} ${visible(fields.hint)}`);
  return `${lines.join('\n')}\n`;
}

/** The same for programs: one line of JSON, as `--json` promises; with the file and line of a script. */
export function messageAsJson(
  { severity, code, message, detail, hint, position, file, routine }: ServerMessage,
  place: { file: string; line: number } | null = null,
): string {
  const sudoql = file === 'sudoql' ? { sudoql: routine } : {};
  return `${JSON.stringify({ severity, code, ...sudoql, message, detail, hint, position, ...place })}\n`;
}

/** The line that `position` is in, as much of it as fits around the mark below it. */
function place(statement: string, position: number, columns = Number.POSITIVE_INFINITY): string[] {
  const before = [...statement].slice(0, position - 1).join('');
  const number = before.split('\n').length;
  const line = statement.split('\n')[number - 1] ?? '';
  const label = `LINE ${number}: `;
  const room = Math.max(20, columns - label.length - 1);
  const characters = [...visibleLine(line)];
  const mark = [...visibleLine(before.slice(before.lastIndexOf('\n') + 1))].length;
  // Two thirds of what is shown stand before the mark.
  const from =
    characters.length <= room ? 0 : Math.max(0, Math.min(mark - Math.floor((room * 2) / 3), characters.length - room));
  const shown = characters.slice(from, from + room).join('');
  const head = from > 0 ? `…${[...shown].slice(1).join('')}` : shown;
  const column = widthOf([...head].slice(0, mark - from).join(''));
  return [
    `${label}${from + room < characters.length ? cut(`${head}…`, room) : head}`,
    `${' '.repeat(label.length + column)}^`,
  ];
}
