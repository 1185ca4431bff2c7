// Checks a parsed file against the schema; every bad value is told.
import { type TLocalizedValidationError, Value } from '../../contract/typebox/typebox.js';
import { nearest } from '../../contract/nearest.ts';
import { type ConfigError, makeMistakes, type Path, type Source } from './problem.ts';
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

/** Throws ConfigError with every bad value. */
export function validate(source: Source): ConfigFile {
  const { value } = source;
  if (Value.Check(ConfigFile, value)) return value;
  const mistakes = makeMistakes();
  for (const problem of problemsOf(source, ConfigFile as unknown as SchemaNode, value, [])) mistakes.note(problem);
  mistakes.throwAll();
  throw source.problem([], 'does not fit the schema');
}

function* problemsOf(source: Source, schema: SchemaNode, value: unknown, path: Path): Generator<ConfigError> {
  if (schema.anyOf) return yield* chosenProblems(source, schema.anyOf, value, path);
  const children = schema.properties ?? schema.patternProperties;
  if (!children) return yield* leafProblems(source, schema, value, path);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return yield mismatch(source, schema, value, path);
  let inner = 0;
  for (const [key, each] of Object.entries(value)) {
    const child = schema.patternProperties ? Object.values(schema.patternProperties)[0] : schema.properties?.[key];
    if (!child) {
      const meant = nearest(key, Object.keys(children));
      const known = meant ? `did you mean ${meant}?` : `known here: ${Object.keys(children).join(', ')}`;
      inner++;
      yield source.problem([...path, key], `unknown key; ${known}`);
      continue;
    }
    for (const problem of problemsOf(source, child, each, [...path, key])) {
      inner++;
      yield problem;
    }
  }
  for (const missing of schema.required?.filter((key) => !(key in value)) ?? []) {
    const expected = schema.properties?.[missing]?.expected;
    inner++;
    yield source.problem(path, `${missing} is missing${expected ? `: expected ${expected}` : ''}`);
  }
  // Of the whole: too few keys, and the like.
  if (inner === 0) yield* leafProblems(source, schema, value, path);
}

/** Variants told apart by `type`. */
function* chosenProblems(source: Source, variants: SchemaNode[], value: unknown, path: Path): Generator<ConfigError> {
  const types = variants.map((variant) => variant.properties?.type?.const ?? '');
  const type = (value as { type?: unknown } | null)?.type;
  const chosen = variants[types.indexOf(String(type))];
  if (chosen) return yield* problemsOf(source, chosen, value, path);
  const at = type === undefined ? path : [...path, 'type'];
  yield source.problem(at, `expected type: ${types.join(' or ')}, got ${shown(type)}`);
}

function* leafProblems(source: Source, schema: SchemaNode, value: unknown, path: Path): Generator<ConfigError> {
  const errors: TLocalizedValidationError[] = Value.Errors(schema as never, value);
  if (errors.length === 0) return;
  const items = schema.items && Array.isArray(value) ? value : [];
  const inItems = new Set(errors.flatMap(({ instancePath }) => /^\/(\d+)/.exec(instancePath)?.[1] ?? []));
  for (const item of inItems) {
    if (Number(item) < items.length)
      yield mismatch(source, schema.items ?? {}, items[Number(item)], [...path, Number(item)]);
  }
  if (items.length === 0 || inItems.size === 0) yield mismatch(source, schema, value, path);
}

function mismatch(source: Source, schema: SchemaNode, value: unknown, path: Path): ConfigError {
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
