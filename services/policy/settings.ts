// The data document: each data.yaml or data.json appears under the path of its folder, as in OPA's bundles.
import Schema from 'typebox/schema';
import { isAlias, LineCounter, parseDocument, visit } from 'yaml';
import type { Problem } from './compiler/messages.ts';
import { isData, type PolicyFiles, SETTINGS_SCHEMA } from './policy-files.ts';
import { checkVetted } from './vetted.ts';

export type Data = { [key: string]: unknown };

/** Reads all data of a policy, and checks what is under `settings` against the policy's own schema. Mistakes come with file and line. */
export function readData(files: PolicyFiles): { data: Data; settingsSchema: unknown; problems: Problem[] } {
  const data: Data = {};
  const problems: Problem[] = [];
  for (const [path, text] of files) {
    if (!isData(path)) continue;
    const parsed = path.endsWith('.json') ? parseJson(path, text) : parseYaml(path, text);
    if ('problem' in parsed) problems.push(parsed.problem);
    else mount(data, path, parsed.value, problems);
  }
  const settingsSchema = readSettingsSchema(files, problems);
  if (problems.length === 0 && settingsSchema !== null) problems.push(...checkSettings(settingsSchema, data));
  if (problems.length === 0) problems.push(...checkVetted(data));
  return { data, settingsSchema, problems };
}

type Parsed = { value: unknown } | { problem: Problem };

function parseJson(file: string, text: string): Parsed {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: { file, code: 'data_error', message: error instanceof Error ? error.message : String(error) } };
  }
}

function parseYaml(file: string, text: string): Parsed {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: true,
    });
    const first = document.errors[0] ?? document.warnings[0];
    if (first) {
      const { line, col } = lines.linePos(first.pos[0]);
      return {
        problem: { file, row: line, col, code: 'data_error', message: first.message.split('\n')[0] ?? first.message },
      };
    }
    let alias: Problem | null = null;
    visit(document, (_key, node) => {
      if (!isAlias(node)) return undefined;
      const { line, col } = lines.linePos(node.range?.[0] ?? 0);
      // A few lines of anchors and aliases can mean gigabytes.
      alias = {
        file,
        row: line,
        col,
        code: 'data_error',
        message: 'aliases (*name) are not allowed: write the value out',
      };
      return visit.BREAK;
    });
    return alias ? { problem: alias } : { value: document.toJS({ maxAliasCount: 0 }) };
  } catch (error) {
    // Nested so deeply that the parser's own stack ended.
    return { problem: { file, code: 'data_error', message: error instanceof Error ? error.message : String(error) } };
  }
}

function mount(data: Data, path: string, value: unknown, problems: Problem[]): void {
  if (!isObject(value)) {
    problems.push({ file: path, code: 'data_error', message: 'a data file holds keys and values' });
    return;
  }
  let at = data;
  for (const key of path.split('/').slice(0, -1)) {
    if (!/^[a-z][a-z0-9_]*$/i.test(key)) {
      problems.push({
        file: path,
        code: 'data_error',
        message: `the folder "${key}" cannot be a name of data: letters, digits and _ only`,
      });
      return;
    }
    at[key] ??= {};
    const next = at[key];
    if (!isObject(next)) {
      problems.push({
        file: path,
        code: 'data_conflict',
        message: `another data file gives ${key} a value of its own`,
      });
      return;
    }
    at = next;
  }
  for (const [key, item] of Object.entries(value)) {
    if (Object.hasOwn(at, key))
      problems.push({ file: path, code: 'data_conflict', message: `another data file has ${key} too` });
    else Object.defineProperty(at, key, { value: item, enumerable: true, writable: true, configurable: true });
  }
}

function readSettingsSchema(files: PolicyFiles, problems: Problem[]): unknown {
  const text = files.get(SETTINGS_SCHEMA);
  if (text === undefined) return null;
  const parsed = parseJson(SETTINGS_SCHEMA, text);
  if ('problem' in parsed) problems.push(parsed.problem);
  return 'value' in parsed ? parsed.value : null;
}

function checkSettings(schema: unknown, data: Data): Problem[] {
  try {
    const [valid, errors] = Schema.Errors(schema as Schema.XSchema, data.settings ?? {});
    if (valid) return [];
    return errors
      .filter(({ keyword }) => keyword !== 'boolean')
      .slice(0, 20)
      .map((error) => ({
        file: fileOf(error.instancePath),
        code: 'data_schema',
        message: `settings${error.instancePath.replaceAll('/', '.')} ${wordsOf(error)}`,
      }));
  } catch (error) {
    return [
      { file: SETTINGS_SCHEMA, code: 'schema_error', message: error instanceof Error ? error.message : String(error) },
    ];
  }
}

/** `/limits/agent` → settings/limits/data.yaml, which is where shipped settings are. */
function fileOf(instancePath: string): string {
  const topic = instancePath.split('/')[1];
  return topic ? `settings/${topic}/data.yaml` : 'settings';
}

function wordsOf({ keyword, message, params }: { keyword: string; message: string; params: object }): string {
  const named = Object.values(params).find((value) => Array.isArray(value)) as unknown[] | undefined;
  if (!named) return message;
  const list = named.map(String).join(', ');
  if (keyword === 'additionalProperties') return `has no key ${list}`;
  if (keyword === 'required') return `lacks ${list}`;
  return `${message}: ${list}`;
}

function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
