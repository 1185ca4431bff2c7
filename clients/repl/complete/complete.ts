// What Tab offers: keywords, tables, columns in reach, functions, settings, commands and their arguments.
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { homedir } from 'node:os';
import type { Catalogue, Names } from './catalogue.ts';
import { type Completer, type Completion, completionOf } from './completion.ts';
import { type Named, type Place, placeIn } from './context.ts';
import { KEYWORDS, STATEMENTS } from './keywords.ts';

export interface CompleteDeps {
  names: Names;
  /** What of the statement stands in earlier lines. */
  begun: () => string;
  /** Names of the backslash commands, and what their arguments are. */
  commands: ReadonlyMap<string, Argument>;
  variables: () => string[];
  targets: () => Promise<string[]>;
}

export type Argument =
  | 'relation'
  | 'function'
  | 'schema'
  | 'file'
  | 'target'
  | 'variable'
  | 'statement'
  | 'switch'
  | 'none';

export function makeCompleter(deps: CompleteDeps): Completer {
  return async (text, cursor) => {
    const command = commandAt(text, cursor);
    if (command) return completeCommand(deps, command);
    const begun = deps.begun();
    const before = begun === '' ? '' : `${begun}\n`;
    const place = placeIn(before + text, before.length + cursor);
    const found = await completeSql(deps, place);
    return found && found.from >= before.length ? { ...found, from: found.from - before.length } : null;
  };
}

interface Command {
  name: string;
  /** What is typed of the command's name or its last argument. */
  typed: string;
  from: number;
  inName: boolean;
}

/** A command stands at a line's beginning, or behind a statement. */
function commandAt(text: string, cursor: number): Command | null {
  const line = text.slice(text.lastIndexOf('\n', cursor - 1) + 1, cursor);
  const [, start = '', name = '', rest] = /^(\s*|[^'"$]*\s)\\([^\s\\]*)(\s.*)?$/.exec(line) ?? [];
  if (start === '' && !/^\\/.test(line)) return null;
  if (rest === undefined) return { name, typed: `\\${name}`, from: cursor - name.length - 1, inName: true };
  const typed = /(?:"[^"]*"?|[^\s"])*$/.exec(rest)?.[0] ?? '';
  return { name, typed, from: cursor - typed.length, inName: false };
}

async function completeCommand(deps: CompleteDeps, { name, typed, from, inName }: Command): Promise<Completion | null> {
  if (inName) {
    const names = [...deps.commands.keys()].map((each) => `\\${each}`);
    // What is typed of \D is no beginning of \d.
    return completionOf(
      from,
      typed,
      names.filter((each) => each.startsWith(typed)),
    );
  }
  const argument = deps.commands.get(name) ?? deps.commands.get(name.replace(/[+S]+$/, '')) ?? 'none';
  switch (argument) {
    case 'none':
      return null;
    case 'switch':
      return completionOf(from, typed, ['on', 'off', 'auto']);
    case 'variable':
      return completionOf(from, typed, deps.variables());
    case 'target':
      return completionOf(from, typed, await deps.targets());
    case 'statement':
      return completionOf(from, typed, STATEMENTS);
    case 'file':
      return completeFile(from, typed);
    case 'relation':
    case 'function':
    case 'schema': {
      const catalogue = await deps.names.catalogue();
      if (!catalogue) return null;
      if (argument === 'schema') return completionOf(from, typed, catalogue.schemas.map(quoteName));
      const [, qualifier] = /^(?:"((?:[^"]|"")*)"|([^".]*))\./.exec(typed)?.slice(0, 2) ?? [];
      const schema = /^([^.]*)\./.exec(typed)?.[1]?.replaceAll('"', '') ?? qualifier ?? null;
      const things = argument === 'relation' ? catalogue.relations : catalogue.functions;
      const offered = things
        .filter((each) =>
          schema === null ? each.visible && isMeant(each, typed, argument === 'function') : each.schema === schema,
        )
        .map((each) => (schema === null ? quoteName(each.name) : `${quoteName(each.schema)}.${quoteName(each.name)}`));
      return completionOf(from, typed, schema === null ? [...offered, ...schemasOf(catalogue, typed)] : offered);
    }
  }
}

function completeFile(from: number, typed: string): Completion | null {
  const path = typed.startsWith('~/') ? join(homedir(), typed.slice(2)) : typed;
  const directory = path.endsWith('/') ? path : dirname(path);
  const shown = typed.slice(0, typed.length - (typed.endsWith('/') ? 0 : basename(typed).length));
  try {
    const names = readdirSync(directory || '.', { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.') || basename(typed).startsWith('.'))
      .map((entry) => `${shown}${entry.name}${entry.isDirectory() ? '/' : ''}`);
    return completionOf(
      from,
      typed,
      names.filter((each) => each.startsWith(typed)),
    );
  } catch {
    return null;
  }
}

async function completeSql({ names }: CompleteDeps, place: Place): Promise<Completion | null> {
  const { wants, typed, from, qualifier, relations } = place;
  const keywords = (words: readonly string[]) => inCaseOf(typed, words);
  if (wants === 'nothing') return null;
  if (wants === 'statement') return completionOf(from, typed, keywords(STATEMENTS));
  const catalogue = await names.catalogue();
  if (!catalogue) return typed === '' ? null : completionOf(from, typed, keywords(KEYWORDS));
  if (wants === 'setting') return completionOf(from, typed, catalogue.settings);
  if (wants === 'type') return completionOf(from, typed, catalogue.types.map(quoteName));
  const visible = (each: Thing) => each.visible && isMeant(each, typed, false);
  if (wants === 'relation') {
    if (qualifier !== null) return completionOf(from, typed, inSchema(catalogue.relations, qualifier));
    const offered = catalogue.relations.filter(visible).map(({ name }) => quoteName(name));
    return completionOf(from, typed, [
      ...offered,
      ...schemasOf(catalogue, typed),
      ...(typed === '' ? [] : keywords(['ONLY', 'LATERAL', 'IF', 'NOT', 'EXISTS', 'INTO', 'FROM', 'TABLE', 'SELECT'])),
    ]);
  }
  if (qualifier !== null) {
    const [relation] = relations.filter(({ alias, name }) => (alias ?? name) === qualifier || name === qualifier);
    const columns = relation ? await names.columns(relation) : [];
    const offered =
      columns.length > 0
        ? columns.map(quoteName)
        : inSchema([...catalogue.relations, ...catalogue.functions], qualifier);
    return completionOf(from, typed, offered);
  }
  const columns = (await Promise.all(relations.slice(0, MOST_RELATIONS).map((each) => names.columns(each)))).flat();
  const reach = [...columns, ...relations.map(({ alias, name }) => alias ?? name)].map(quoteName);
  // Everything would be too much: what stands in reach is.
  if (typed === '') return completionOf(from, typed, reach);
  const functions = catalogue.functions.filter((each) => each.visible).map(({ name }) => `${quoteName(name)}(`);
  return completionOf(from, typed, [...reach, ...functions, ...keywords(KEYWORDS)]);
}

const MOST_RELATIONS = 10;

interface Thing {
  schema: string;
  name: string;
  visible: boolean;
}

/** The system's own are offered to who began to write them: there are hundreds. */
const isMeant = ({ schema, name }: Pick<Thing, 'schema' | 'name'>, typed: string, always: boolean): boolean =>
  !/^(pg_|information_schema$)/.test(schema) ||
  typed.startsWith('pg_') ||
  (typed !== '' && (always || !name.startsWith('pg_')));

const inSchema = (things: { schema: string; name: string }[], schema: string): string[] =>
  things.filter((each) => each.schema === schema).map(({ name }) => quoteName(name));

const schemasOf = ({ schemas }: Catalogue, typed: string): string[] =>
  schemas.filter((each) => isMeant({ schema: each, name: each }, typed, false)).map((each) => `${quoteName(each)}.`);

/** Keywords are written as the person began to. */
const inCaseOf = (typed: string, words: readonly string[]): string[] =>
  words.map((word) => (/^[a-z]/.test(typed) ? word.toLowerCase() : word));

/** A name as SQL takes it. */
export const quoteName = (name: string): string =>
  /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

export type { Named };
