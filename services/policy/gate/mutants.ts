// Inputs with one required field missing, made from a schema and an input that is complete.
import type { TSchema } from '../../contract/typebox/typebox.js';

export interface Mutant {
  /** `principal.groups`, `statement.relations.0.via`. */
  path: string;
  input: unknown;
}

type Tree = Record<string, unknown>;

/** One for every property that the schema names and the input has, at any depth. Keys of free-form objects (labels) are not fields. */
export function missingFieldMutants(schema: TSchema, base: unknown): Mutant[] {
  return fieldPaths(schema, base).map((path) => ({ path: path.join('.'), input: without(base, path) }));
}

function fieldPaths(schema: unknown, value: unknown): string[][] {
  if (!isTree(schema)) return [];
  if (Array.isArray(schema.anyOf)) return schema.anyOf.flatMap((one) => fieldPaths(one, value));
  if (Array.isArray(value))
    return value.flatMap((item, i) => fieldPaths(schema.items, item).map((path) => [String(i), ...path]));
  if (!isTree(schema.properties) || !isTree(value)) return [];
  const properties = schema.properties;
  return Object.keys(properties)
    .filter((key) => key in value)
    .flatMap((key) => [[key], ...fieldPaths(properties[key], value[key]).map((path) => [key, ...path])]);
}

function without(value: unknown, [key, ...rest]: string[]): unknown {
  if (key === undefined) return value;
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? without(item, rest) : item));
  const copy = { ...(value as Tree) };
  if (rest.length === 0) delete copy[key];
  else copy[key] = without(copy[key], rest);
  return copy;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
