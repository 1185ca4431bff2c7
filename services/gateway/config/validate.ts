// Checks a parsed file against the schema; the first bad value, in the file's own order, is the one that is told.
import type { TLocalizedValidationError } from 'typebox/error';
import { Value } from 'typebox/value';
import { nearest } from '../../contract/nearest.ts';
import type { Path, Source } from './problem.ts';
import { ConfigFile } from './schema.ts';

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  patternProperties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  required?: string[];
  const?: string;
  expected?: string;
  secret?: boolean;
}

/** Throws ConfigError at the first bad value. */
export function validate(source: Source): ConfigFile {
  const { value } = source;
  if (Value.Check(ConfigFile, value)) return value;
  throw (
    firstProblem(source, ConfigFile as unknown as SchemaNode, value, []) ??
    source.problem([], 'does not fit the schema')
  );
}

function firstProblem(source: Source, schema: SchemaNode, value: unknown, path: Path): Error | null {
  if (schema.anyOf) return chosenProblem(source, schema.anyOf, value, path);
  const children = schema.properties ?? schema.patternProperties;
  if (!children) return leafProblem(source, schema, value, path);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return mismatch(source, schema, value, path);
  for (const [key, inner] of Object.entries(value)) {
    const child = schema.patternProperties ? Object.values(schema.patternProperties)[0] : schema.properties?.[key];
    if (!child) {
      const meant = nearest(key, Object.keys(children));
      const known = meant ? `did you mean ${meant}?` : `known here: ${Object.keys(children).join(', ')}`;
      return source.problem([...path, key], `unknown key; ${known}`);
    }
    const found = firstProblem(source, child, inner, [...path, key]);
    if (found) return found;
  }
  const missing = schema.required?.find((key) => !(key in value));
  if (missing) {
    const expected = schema.properties?.[missing]?.expected;
    return source.problem(path, `${missing} is missing${expected ? `: expected ${expected}` : ''}`);
  }
  return leafProblem(source, schema, value, path);
}

/** Variants told apart by `type`. */
function chosenProblem(source: Source, variants: SchemaNode[], value: unknown, path: Path): Error | null {
  const types = variants.map((variant) => variant.properties?.type?.const ?? '');
  const type = (value as { type?: unknown } | null)?.type;
  const chosen = variants[types.indexOf(String(type))];
  if (chosen) return firstProblem(source, chosen, value, path);
  const at = type === undefined ? path : [...path, 'type'];
  return source.problem(at, `expected type: ${types.join(' or ')}, got ${shown(type)}`);
}

function leafProblem(source: Source, schema: SchemaNode, value: unknown, path: Path): Error | null {
  const errors: TLocalizedValidationError[] = Value.Errors(schema as never, value);
  if (errors.length === 0) return null;
  const inItem = schema.items && Array.isArray(value) ? errors[0]?.instancePath.match(/^\/(\d+)/)?.[1] : undefined;
  if (inItem !== undefined && Array.isArray(value)) {
    return mismatch(source, schema.items ?? {}, value[Number(inItem)], [...path, Number(inItem)]);
  }
  return mismatch(source, schema, value, path);
}

function mismatch(source: Source, schema: SchemaNode, value: unknown, path: Path): Error {
  const expected =
    schema.expected ?? (schema.properties ? `the keys ${Object.keys(schema.properties).join(', ')}` : 'another value');
  // What stands where a secret belongs may be the secret.
  const got = schema.secret && typeof value === 'string' ? '' : `, got ${shown(value)}`;
  return source.problem(path, `expected ${expected}${got}`);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
