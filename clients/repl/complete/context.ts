// What a person is in the middle of writing: what may stand at the cursor of a statement. Pure.
import { sqlTokens, type Token } from '../sql-tokens.ts';

/** A relation that a statement names. */
export interface Named {
  schema: string | null;
  name: string;
  alias: string | null;
}

export interface Place {
  /** What may stand here. */
  wants: 'nothing' | 'statement' | 'relation' | 'column' | 'setting' | 'value' | 'type';
  /** What is typed of it, and where it begins. */
  typed: string;
  from: number;
  /** What stands before a dot before it: a schema, a table or an alias. */
  qualifier: string | null;
  /** The relations that the statement names, also behind the cursor. */
  relations: Named[];
}

/** Words after which a relation's name stands. */
const BEFORE_RELATION: ReadonlySet<string> = new Set([
  'from',
  'join',
  'into',
  'update',
  'table',
  'truncate',
  'only',
  'copy',
  'analyze',
  'vacuum',
  'references',
  'cluster',
  'view',
  'lock',
  'using',
]);
/** Words that end a list of relations. */
const AFTER_RELATIONS: ReadonlySet<string> = new Set([
  'where',
  'group',
  'order',
  'having',
  'limit',
  'offset',
  'on',
  'set',
  'values',
  'select',
  'returning',
  'window',
  'union',
  'except',
  'intersect',
  'for',
  'fetch',
  'when',
]);
/** What cannot be an alias. */
const NO_ALIAS: ReadonlySet<string> = new Set([
  ...AFTER_RELATIONS,
  ...BEFORE_RELATION,
  'left',
  'right',
  'full',
  'inner',
  'outer',
  'cross',
  'natural',
  'lateral',
  'default',
  'tablesample',
  'with',
  'do',
  'to',
  'is',
]);

const folded = ({ kind, text }: Token): string =>
  kind === 'name'
    ? text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined).replaceAll('""', '"')
    : text.toLowerCase();
const isName = (token: Token | undefined): token is Token => token?.kind === 'word' || token?.kind === 'name';

/** `text`: the statement, from its beginning. */
export function placeIn(text: string, cursor: number): Place {
  // A quote that is open at the cursor does not swallow what stands behind it.
  const all = sqlTokens(text.slice(0, cursor));
  const here = all.find(({ at, text: part }) => at < cursor && cursor <= at + part.length);
  const within = here && (here.kind === 'word' || here.kind === 'name') ? here : null;
  const from = within?.at ?? cursor;
  const typed = text.slice(from, cursor);
  const relations = relationsIn([...all, ...sqlTokens(text.slice(cursor))]);
  const nothing: Place = { wants: 'nothing', typed, from, qualifier: null, relations };
  if (here && (here.kind === 'comment' || here.kind === 'number' || here.kind === 'variable')) return nothing;
  if (here?.kind === 'text' && here.open) return nothing;

  const before = all.filter((token) => token.at < from && token.kind !== 'blank' && token.kind !== 'comment');
  let qualifier: string | null = null;
  if (before.at(-1)?.text === '.' && isName(before.at(-2))) {
    qualifier = folded(before.at(-2) as Token);
    before.splice(-2);
  }
  return { ...nothing, qualifier, wants: wants(before, qualifier) };
}

function wants(before: Token[], qualifier: string | null): Place['wants'] {
  const last = before.at(-1);
  if (!last) return 'statement';
  const words = before.map(folded);
  const [first] = words;
  const word = last.kind === 'word' ? last.text.toLowerCase() : last.text;
  if (first === 'set' || first === 'reset' || first === 'show') {
    const name = before.length === 1 || (before.length === 2 && (word === 'local' || word === 'session'));
    return name ? 'setting' : 'nothing';
  }
  if (word === '::') return 'type';
  if (first === 'explain' && words.slice(1).every((each) => EXPLAIN_WORDS.has(each))) return 'statement';
  if (
    last.kind === 'word' &&
    BEFORE_RELATION.has(word) &&
    !(word === 'using' && first !== 'delete' && first !== 'merge')
  )
    return 'relation';
  // FROM a, b
  if (word === ',') {
    for (let i = before.length - 1, depth = 0; i >= 0; i--) {
      const each = before[i];
      if (!each) break;
      if (each.text === ')') depth++;
      else if (each.text === '(' && --depth < 0) break;
      if (depth > 0 || each.kind !== 'word') continue;
      const name = each.text.toLowerCase();
      if (name === 'from' || name === 'truncate' || name === 'lock') return 'relation';
      if (AFTER_RELATIONS.has(name)) break;
    }
  }
  return qualifier === null && last.kind === 'name' ? 'value' : 'column';
}

const EXPLAIN_WORDS: ReadonlySet<string> = new Set([
  'analyze',
  'verbose',
  '(',
  ')',
  ',',
  'buffers',
  'costs',
  'format',
  'json',
  'text',
  'settings',
  'wal',
  'timing',
  'summary',
  'on',
  'off',
  'true',
  'false',
]);

/** Relations by where their names stand, with their aliases. */
function relationsIn(all: Token[]): Named[] {
  const tokens = all.filter(({ kind }) => kind !== 'blank' && kind !== 'comment');
  const found: Named[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token?.kind !== 'word' || !BEFORE_RELATION.has(token.text.toLowerCase())) continue;
    let at = i + 1;
    for (;;) {
      while (tokens[at]?.kind === 'word' && /^(only|if|exists|not|table|lateral)$/i.test(tokens[at]?.text ?? '')) at++;
      const name = tokens[at];
      if (!isName(name) || (name.kind === 'word' && NO_ALIAS.has(name.text.toLowerCase()))) break;
      const dotted = tokens[at + 1]?.text === '.' && isName(tokens[at + 2]);
      const relation: Named = dotted
        ? { schema: folded(name), name: folded(tokens[at + 2] as Token), alias: null }
        : { schema: null, name: folded(name), alias: null };
      at += dotted ? 3 : 1;
      if (tokens[at]?.text === '*') at++;
      if (tokens[at]?.kind === 'word' && tokens[at]?.text.toLowerCase() === 'as') at++;
      const alias = tokens[at];
      if (isName(alias) && !(alias.kind === 'word' && NO_ALIAS.has(alias.text.toLowerCase()))) {
        relation.alias = folded(alias);
        at++;
      }
      found.push(relation);
      if (tokens[at]?.text !== ',') break;
      at++;
    }
  }
  return found;
}
