import { elementOf, type Nested, parseArray } from './arrays.ts';
import { type Column, isNumeric, type Row } from './result.ts';

const BOOLEAN = 16;
const JSON_TYPES = new Set([114, 3802]);
/** JSON's own grammar of numbers; PostgreSQL's NaN and Infinity are none. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Names of the columns, made different from each other: an object keeps only one value for a name. */
export function jsonNames(columns: Column[]): string[] {
  const used = new Set<string>();
  return columns.map(({ name }) => {
    let unique = name;
    for (let n = 2; used.has(unique); n++) unique = `${name}_${n}`;
    used.add(unique);
    return unique;
  });
}

/** One row as a JSON object on one line. Numbers keep all their digits; json and jsonb are embedded. */
export function jsonRow(columns: Column[], names: string[], row: Row): string {
  const pairs = columns.map((column, i) => `${JSON.stringify(names[i] ?? '')}:${jsonValue(column, row[i] ?? null)}`);
  return `{${pairs.join(',')}}`;
}

function jsonArray(values: Nested, type: number): string {
  const items = values.map((value) =>
    Array.isArray(value) ? jsonArray(value, type) : jsonValue({ name: '', type }, value),
  );
  return `[${items.join(',')}]`;
}

function jsonValue(column: Column, text: string | null): string {
  if (text === null) return 'null';
  const element = elementOf(column.type);
  const array = element === undefined ? null : parseArray(text);
  if (array && element !== undefined) return jsonArray(array, element);
  if (column.type === BOOLEAN) return text === 't' ? 'true' : 'false';
  if (isNumeric(column) && NUMBER.test(text)) return text;
  if (JSON_TYPES.has(column.type)) return text.replaceAll('\n', ' ');
  return JSON.stringify(text);
}
