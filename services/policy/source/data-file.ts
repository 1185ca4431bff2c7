// One data file: its value, and where in it a path stands.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Problem } from '../compiler/messages.ts';
import { type Flaw, flawOf, keyFlaw, MAX_DEPTH, numberFlaw, strayOffset, tooDeep } from './json-text.ts';

export interface DataFile {
  value: unknown;
  /** Of a path's key (of the element in a list), or of the nearest above it that is there; 1-based. */
  place(path: readonly string[]): { row: number; col: number };
}

/** JSON is read as JSON, and its places as YAML's, of which it is a part. */
export function readDataFile(file: string, text: string): DataFile | { problem: Problem } {
  if (!file.endsWith('.json')) return parseYaml(file, text);
  const read = readJson(file, text);
  if ('problem' in read) return read;
  return {
    value: read.value,
    place: (path) => {
      const parsed = parseYaml(file, text);
      return 'problem' in parsed ? { row: 1, col: 1 } : parsed.place(path);
    },
  };
}

/** A file that is JSON alone. */
export function readJson(file: string, text: string): { value: unknown } | { problem: Problem } {
  const lines = new LineCounter();
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  lines.lineStarts.unshift(0);
  const at = (offset: number, message: string): { problem: Problem } => {
    const { line, col } = lines.linePos(offset);
    return { problem: { file, row: line, col, code: 'data_error', message } };
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    return at(position === undefined ? strayOffset(text) : Number(position), message);
  }
  const flaw = flawOf(text);
  return flaw ? at(flaw.offset, flaw.message) : { value };
}

function parseYaml(file: string, text: string): DataFile | { problem: Problem } {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { row: line, col };
  };
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: true,
      prettyErrors: false,
      // Dates, sets and bytes are nothing that policy sees.
      resolveKnownTags: false,
    });
    const first = document.errors[0] ?? document.warnings[0];
    if (first) {
      // The parser's own stack ended.
      const message = /call stack/.test(first.message) ? tooDeep : first.message;
      return { problem: { file, ...at(first.pos[0]), code: 'data_error', message } };
    }
    const flaw = flawOfNodes(document.contents, 0);
    if (flaw) return { problem: { file, ...at(flaw.offset), code: 'data_error', message: flaw.message } };
    return {
      value: document.toJS({ maxAliasCount: 0 }),
      place: (path) => at(offsetOf(document.contents, path)),
    };
  } catch (error) {
    const message = error instanceof RangeError ? tooDeep : error instanceof Error ? error.message : String(error);
    return { problem: { file, code: 'data_error', message } };
  }
}

/** What would be read as something else than it says. A few lines of anchors and aliases can mean gigabytes. */
function flawOfNodes(node: unknown, depth: number): Flaw | null {
  const offset = (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0;
  if (depth > MAX_DEPTH) return { offset, message: tooDeep };
  if (isAlias(node)) return { offset, message: 'aliases (*name) are not allowed: write the value out' };
  if (isScalar(node)) {
    const message = typeof node.value === 'number' ? numberFlaw(node.value) : null;
    return message ? { offset, message } : null;
  }
  if (isSeq(node)) return firstFlaw(node.items, (item) => flawOfNodes(item, depth + 1));
  if (!isMap(node)) return null;
  const keys = new Set<string>();
  return firstFlaw(node.items, ({ key, value }) => {
    if (!isScalar(key) || key.value === null)
      return flawOfNodes(key, depth + 1) ?? { offset, message: 'a key is a text' };
    const message = keyFlaw(String(key.value), keys);
    return message ? { offset: key.range?.[0] ?? offset, message } : flawOfNodes(value, depth + 1);
  });
}

function firstFlaw<T>(items: readonly T[], flaw: (item: T) => Flaw | null): Flaw | null {
  for (const item of items) {
    const found = flaw(item);
    if (found) return found;
  }
  return null;
}

function offsetOf(root: unknown, path: readonly string[]): number {
  let node = root;
  let offset = 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      if (!pair) return offset;
      offset = (isScalar(pair.key) && pair.key.range?.[0]) || offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}
