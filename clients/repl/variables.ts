// Variables of `\set` and `\gset`, put into statements as `:name`, `:'name'` and `:"name"`.
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';
import { sqlTokens } from './sql-tokens.ts';

interface Variable {
  value: string;
  /** From a result: it is data, whoever wrote it there, and becomes no SQL unless it is quoted. */
  data: boolean;
}

const NAME = /^[A-Za-z0-9_\u0080-\uffff]+$/;
/** What the prompt is made of; a result cannot set them. */
export const SPECIAL: ReadonlySet<string> = new Set(['PROMPT1', 'PROMPT2']);
/** What can be read in no other way than as a number. */
const NUMBER = /^-?\d+(\.\d+)?$/;

export class Variables {
  readonly #values = new Map<string, Variable>();

  names(): string[] {
    return [...this.#values.keys()].sort();
  }

  get(name: string): string | null {
    return this.#values.get(name)?.value ?? null;
  }

  /** Throws a Problem for what is no name. */
  set(name: string, value: string): void {
    this.#put(name, { value, data: false });
  }

  /** A value of a result; null takes the variable away, as psql does. */
  setFromResult(name: string, value: string | null): void {
    if (SPECIAL.has(name))
      throw new Problem(EXIT.usage, `A result cannot set ${name}.`, '\\gset PREFIX gives other names.');
    if (value === null) this.#values.delete(name);
    else this.#put(name, { value, data: true });
  }

  unset(name: string): void {
    this.#values.delete(name);
  }

  /** `statement` with the variables that it names. Throws a Problem where data would become SQL. */
  into(statement: string): string {
    if (this.#values.size === 0 || !statement.includes(':')) return statement;
    return sqlTokens(statement)
      .map(({ kind, text }) => (kind === 'variable' ? this.#valueOf(text) : text))
      .join('');
  }

  #valueOf(text: string): string {
    const quote = /^:(['"])/.exec(text)?.[1];
    const name = quote ? text.slice(2, -1) : text.slice(1);
    const variable = this.#values.get(name);
    if (!variable) return text;
    const { value, data } = variable;
    if (value.includes('\0')) throw new Problem(EXIT.usage, `:${name} holds a zero byte.`);
    if (quote === "'") return literal(value);
    if (quote === '"') return `"${value.replaceAll('"', '""')}"`;
    if (!data) return value;
    if (NUMBER.test(value)) return value.startsWith('-') ? `(${value})` : value;
    throw new Problem(
      EXIT.usage,
      `:${name} came from a result and is no number: put into a statement as it is, it could be any SQL.`,
      `:'${name}' is it as a text, :"${name}" as a name.`,
    );
  }

  #put(name: string, variable: Variable): void {
    if (!NAME.test(name)) throw new Problem(EXIT.usage, `"${name}" is not a name for a variable.`);
    this.#values.set(name, variable);
  }
}

/** A text as a literal, whatever standard_conforming_strings says. */
const literal = (value: string): string => {
  const doubled = value.replaceAll("'", "''");
  return value.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
};
