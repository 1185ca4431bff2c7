// An ErrorResponse as people read it, and what it means for the program.
import { SQLSTATE } from '../../services/contract/errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { widthOf } from './output/fit.ts';
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
  file?: string | undefined;
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

/** The lines of a message, with the place in the statement where it has one. */
export function describeMessage(fields: ServerMessage, statement: string | null, style: Style): string {
  const severity = fields.severity ?? 'ERROR';
  const paint = severity === 'ERROR' || severity === 'FATAL' || severity === 'PANIC' ? style.red : style.yellow;
  const lines = [`${paint(`${severity}:`)} ${visible(fields.message ?? '')}`];
  const position = Number(fields.position);
  if (statement !== null && position > 0) lines.push(...place(statement, position));
  if (fields.detail) lines.push(`${style.bold('DETAIL:')} ${visible(fields.detail)}`);
  if (fields.hint) lines.push(`${style.bold('HINT:')} ${visible(fields.hint)}`);
  return `${lines.join('\n')}\n`;
}

/** The same for programs: one line of JSON, as `--json` promises. */
export function messageAsJson({
  severity,
  code,
  message,
  detail,
  hint,
  position,
  file,
  routine,
}: ServerMessage): string {
  const sudoql = file === 'sudoql' ? { sudoql: routine } : {};
  return `${JSON.stringify({ severity, code, ...sudoql, message, detail, hint, position })}\n`;
}

/** The line that `position` is in, and a mark below it. */
function place(statement: string, position: number): string[] {
  const before = [...statement].slice(0, position - 1).join('');
  const number = before.split('\n').length;
  const line = statement.split('\n')[number - 1] ?? '';
  const label = `LINE ${number}: `;
  const column = widthOf(visibleLine(before.slice(before.lastIndexOf('\n') + 1)));
  return [`${label}${visibleLine(line)}`, `${' '.repeat(label.length + column)}^`];
}
