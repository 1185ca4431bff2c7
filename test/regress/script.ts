// Takes a psql script apart into the statements that psql would send.

/** psql's own commands are left out; rows after COPY … FROM STDIN come with their statement. */
export interface ScriptStatement {
  text: string;
  line: number;
  /** Data of a COPY FROM STDIN. */
  rows: string | null;
}

const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

/**
 * Follows quotes, comments, dollar quotes and BEGIN ATOMIC bodies, as psql's lexer does, and its \\set and \\getenv with `environment`.
 * A statement with a variable whose value is not known (\\gset) is left out.
 */
export function takeApart(
  script: string,
  environment: Record<string, string>,
): { statements: ScriptStatement[]; leftOut: number } {
  const variables = new Map<string, string>();
  const statements: ScriptStatement[] = [];
  let leftOut = 0;
  let at = 0;
  let start = 0;
  let parentheses = 0;
  let atomic = 0;
  let variable = false;
  const lineOf = (position: number) => script.slice(0, position).split('\n').length;
  const skipTo = (found: number, length: number) => {
    at = found === -1 ? script.length : found + length;
  };
  const finish = (end: number) => {
    const text = variable ? withVariables(script.slice(start, end).trim(), variables) : script.slice(start, end).trim();
    const from = start;
    start = at;
    variable = false;
    parentheses = atomic = 0;
    if (text?.replace(/--[^\n]*|\s+|;/g, '') === '') return;
    let rows: string | null = null;
    if (text !== null && /^copy\b[\s\S]*\bfrom\s+stdin\b/i.test(bare(text))) {
      const lineEnd = script.indexOf('\n', at);
      const stop = script.indexOf('\n\\.', lineEnd === -1 ? at : lineEnd - 1);
      if (lineEnd !== -1 && stop !== -1) {
        rows = script.slice(lineEnd + 1, stop + 1);
        at = start = stop + 3;
      }
    }
    if (text !== null) statements.push({ text, line: lineOf(from), rows });
    else leftOut++;
  };
  while (at < script.length) {
    const char = script[at];
    const two = script.slice(at, at + 2);
    if (two === '--') skipTo(script.indexOf('\n', at), 0);
    else if (two === '/*') {
      let depth = 1;
      at += 2;
      while (at < script.length && depth > 0) {
        const next = script.slice(at, at + 2);
        depth += next === '/*' ? 1 : next === '*/' ? -1 : 0;
        at += next === '/*' || next === '*/' ? 2 : 1;
      }
    } else if (char === "'") {
      const escapes =
        /[eE]$/.test(script.slice(Math.max(0, at - 1), at)) && !/\w[eE]$/.test(script.slice(Math.max(0, at - 2), at));
      at++;
      while (at < script.length) {
        if (escapes && script[at] === '\\') at += 2;
        else if (script[at] === "'" && script[at + 1] === "'") at += 2;
        else if (script[at++] === "'") break;
      }
    } else if (char === '"') skipTo(script.indexOf('"', at + 1), 1);
    else if (char === '$') {
      DOLLAR.lastIndex = at;
      const [tag] = DOLLAR.exec(script) ?? [];
      if (tag !== undefined && !/\w/.test(script[at - 1] ?? ' '))
        skipTo(script.indexOf(tag, at + tag.length), tag.length);
      else at++;
    } else if (two === '\\;') {
      // Several statements in one message: taken one by one.
      at += 2;
      finish(at - 2);
    } else if (char === '\\') {
      // A command of psql's ends what is before it on the line (\gset, \g), or stands alone. The rest of the line is its own.
      const before = at;
      skipTo(script.indexOf('\n', at), 0);
      setVariable(script.slice(before, at), variables, environment);
      if (script.slice(start, before).trim() !== '') finish(before);
      else start = at;
    } else if (
      char === ':' &&
      two !== '::' &&
      two !== ':=' &&
      script[at - 1] !== ':' &&
      /['"A-Za-z_]/.test(script[at + 1] ?? '')
    ) {
      if (!/[[\w]$/.test(script.slice(Math.max(0, at - 1), at))) variable = true;
      at++;
    } else if (char === '(' || char === ')') {
      parentheses += char === '(' ? 1 : -1;
      at++;
    } else if (char === ';' && parentheses <= 0 && atomic <= 0) {
      at++;
      finish(at);
    } else if (/[A-Za-z_]/.test(char ?? '')) {
      const [word = ''] = /^[\w$]+/.exec(script.slice(at, at + 64)) ?? [];
      const soFar = script.slice(start, at);
      if (/^begin$/i.test(word) && /^\s+atomic\b/i.test(script.slice(at + 5, at + 30))) atomic++;
      else if (atomic > 0 && /^case$/i.test(word)) atomic++;
      else if (atomic > 0 && /^end$/i.test(word) && soFar !== '') atomic--;
      at += word.length || 1;
    } else at++;
  }
  finish(script.length);
  return { statements, leftOut };
}

/** Without the comments before it. */
function bare(text: string): string {
  return text.replace(/^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '');
}

/** \\set NAME PARTS… and \\getenv NAME VARIABLE. */
function setVariable(command: string, variables: Map<string, string>, environment: Record<string, string>): void {
  const [word, name, ...parts] = command.trim().split(/\s+/);
  if (name === undefined) return;
  if (word === '\\getenv') variables.set(name, environment[parts[0] ?? ''] ?? '');
  if (word === '\\set') {
    const values = parts.map((part) =>
      part.startsWith(':') ? variables.get(part.slice(1)) : part.replace(/^'(.*)'$/, '$1'),
    );
    if (values.every((value) => value !== undefined)) variables.set(name, values.join(''));
    else variables.delete(name);
  }
}

/** `:'name'`, `:"name"` and `:name` replaced; null when one of them has no value. */
function withVariables(text: string, variables: Map<string, string>): string | null {
  let complete = true;
  const replaced = text.replace(/(?<![:\w[]):(?:'(\w+)'|"(\w+)"|([A-Za-z_]\w*))/g, (_, literal, identifier, bare) => {
    const value = variables.get(literal ?? identifier ?? bare);
    if (value === undefined) complete = false;
    else if (literal !== undefined) return `'${value.replaceAll("'", "''")}'`;
    else if (identifier !== undefined) return `"${value}"`;
    return value ?? '';
  });
  return complete ? replaced : null;
}
