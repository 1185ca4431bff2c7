// The data document: each data.yaml or data.json appears under the path of its folder, as in OPA's bundles.
import { Schema } from '../../contract/typebox/typebox.js';
import { nearest } from '../../contract/nearest.ts';
import type { Problem } from '../compiler/messages.ts';
import { type DataFile, readDataFile, readJson } from '../source/data-file.ts';
import { lintSettings, type Surroundings } from '../lint/settings.ts';
import { lintText } from '../lint/text.ts';
import { type SchemaNode, withAdditions } from './settings-schema.ts';
import { isData, type PolicyFiles, SETTINGS_SCHEMA } from '../source/policy-files.ts';
import { checkVetted } from './vetted.ts';

export type Data = { [key: string]: unknown };

/**
 * Reads all data of a policy, and checks what is under `settings` against the gateway's schema, to which the policy's own adds keys.
 * Mistakes come with file and line.
 */
export function readData(files: PolicyFiles, surroundings: Surroundings = {}): ReadData {
  const data: Data = {};
  const problems: Problem[] = [];
  const read = new Map<string, DataFile>();
  for (const [path, text] of files) {
    if (!isData(path)) continue;
    const file = readDataFile(path, text);
    if ('problem' in file) problems.push(file.problem);
    else {
      read.set(path, file);
      mount(data, path, file.value, problems);
    }
  }
  problems.push(...checkShadows(data, read));
  const own = readOwnSchema(files, problems);
  const settingsSchema = withAdditions(own);
  if (problems.length === 0) problems.push(...checkSettings(settingsSchema, data, read));
  // What the policy's own schema asks for beyond that.
  if (problems.length === 0 && own !== null) problems.push(...checkSettings(own, data, read));
  if (problems.length === 0) problems.push(...checkVetted(data));
  const settings = isObject(data.settings) ? data.settings : {};
  const place = (path: string[]) => placeOf(path, read);
  const warnings = problems.length > 0 ? [] : [...lintText(files), ...lintSettings(settings, surroundings, place)];
  return { data, settingsSchema, problems, warnings };
}

export interface ReadData {
  data: Data;
  settingsSchema: unknown;
  problems: Problem[];
  /** What is well formed and hardly meant, in data and in the text of all files (lint/lint.ts). */
  warnings: Problem[];
}

function mount(data: Data, path: string, value: unknown, problems: Problem[]): void {
  if (!isObject(value)) {
    problems.push({ file: path, row: 1, col: 1, code: 'data_error', message: 'a data file holds keys and values' });
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
    if (!Object.hasOwn(at, key)) Object.defineProperty(at, key, { value: {}, enumerable: true, writable: true });
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

/** What decisions gather from the packages of rules; compiler/shapes.go says of what shape. */
const GATHERED = ['deny', 'limit', 'permit'];

/** Data where a decision gathers rules would deny, or permit, without one. */
function checkShadows(data: Data, read: ReadonlyMap<string, DataFile>): Problem[] {
  const problems: Problem[] = [];
  for (const [area, { rules }] of objectsOf(data.sudoql)) {
    for (const [name, rule] of objectsOf(rules)) {
      for (const key of GATHERED.filter((key) => Object.hasOwn(rule, key))) {
        const path = ['sudoql', area, 'rules', name, key];
        const message = `data.${path.join('.')} is for rules: data stands under another name`;
        problems.push({ ...placeOf(path, read), code: 'data_conflict', message });
      }
    }
  }
  return problems;
}

function objectsOf(value: unknown): [string, Data][] {
  return isObject(value) ? Object.entries(value).filter((entry): entry is [string, Data] => isObject(entry[1])) : [];
}

function readOwnSchema(files: PolicyFiles, problems: Problem[]): unknown {
  const text = files.get(SETTINGS_SCHEMA);
  if (text === undefined) return null;
  const parsed = readJson(SETTINGS_SCHEMA, text);
  if ('problem' in parsed) problems.push(parsed.problem);
  return 'value' in parsed ? parsed.value : null;
}

interface Mistake {
  keyword: string;
  message: string;
  params: object;
  instancePath: string;
}

function checkSettings(schema: unknown, data: Data, read: ReadonlyMap<string, DataFile>): Problem[] {
  try {
    const [valid, errors] = Schema.Errors(schema as Schema.XSchema, data.settings ?? {});
    if (valid) return [];
    return errors
      .filter(({ keyword }) => keyword !== 'boolean')
      .slice(0, 20)
      .flatMap((error) => problemsOf(error, schema, data, read));
  } catch (error) {
    return [
      { file: SETTINGS_SCHEMA, code: 'schema_error', message: error instanceof Error ? error.message : String(error) },
    ];
  }
}

/** One problem each unknown key, at that key; one at the place otherwise. */
function problemsOf(error: Mistake, schema: unknown, data: Data, read: ReadonlyMap<string, DataFile>): Problem[] {
  const path = error.instancePath.split('/').slice(1).map(unescaped);
  const at = (keys: string[], words: string): Problem => ({
    ...placeOf(['settings', ...path, ...keys], read),
    code: 'data_schema',
    message: `settings${path.map((key) => `.${key}`).join('')} ${words}`,
  });
  const named = Object.values(error.params).find((value) => Array.isArray(value)) as unknown[] | undefined;
  if (error.keyword === 'additionalProperties' && named) {
    const known = Object.keys(schemaAt(schema, path).properties ?? {});
    return named.map(String).map((key) => {
      const meant = nearest(key, known);
      return at([key], `has no key ${key}${meant ? `; did you mean ${meant}?` : ''}`);
    });
  }
  // A description says in words what a pattern says in signs.
  const { description } = schemaAt(schema, path);
  const list = named?.map(String) ?? [];
  if (error.keyword === 'required') return [at([], `lacks ${list.join(', ')}`)];
  const value = path.reduce<unknown>((of, key) => (of as Data)[key], data.settings);
  const found = typeof value === 'object' && value !== null ? '' : `, not ${JSON.stringify(value)}`;
  if (error.keyword === 'pattern' && description) return [at([], `must be ${description}${found}`)];
  if (error.keyword !== 'enum') return [at([], `${error.message}${found}`)];
  const meant = nearest(String(value), list);
  return [at([], `must be one of ${list.join(', ')}${found}${meant ? `; did you mean ${meant}?` : ''}`)];
}

/** In the file whose folder is nearest, at the key. */
function placeOf(path: string[], read: ReadonlyMap<string, DataFile>): Partial<Problem> {
  for (let length = path.length; length >= 0; length--) {
    const folder = path
      .slice(0, length)
      .map((part) => `${part}/`)
      .join('');
    for (const file of [`${folder}data.yaml`, `${folder}data.json`]) {
      const found = read.get(file);
      if (found) return { file, ...found.place(path.slice(length)) };
    }
  }
  return { file: path.slice(0, 2).join('/') };
}

function schemaAt(schema: unknown, path: readonly string[]): SchemaNode {
  let at = schema as SchemaNode;
  for (const key of path) {
    const own = at.properties && Object.hasOwn(at.properties, key) ? at.properties[key] : undefined;
    const other = isObject(at.additionalProperties) ? (at.additionalProperties as SchemaNode) : undefined;
    at = own ?? at.items ?? other ?? {};
  }
  return at;
}

/** A part of a JSON pointer. */
function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
