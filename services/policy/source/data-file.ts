// One data file: its value, and where in it a path stands.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Problem } from '../compiler/messages.ts';

export interface DataFile {
  value: unknown;
  /** Of a path's key (of the element in a list), or of the nearest above it that is there; 1-based. */
  place(path: readonly string[]): { row: number; col: number };
}

/** JSON is read as JSON, and its places as YAML's, of which it is a part. */
export function readDataFile(file: string, text: string): DataFile | { problem: Problem } {
  const parsed = parseYaml(file, text);
  if (!file.endsWith('.json')) return parsed;
  const place = 'problem' in parsed ? { row: parsed.problem.row, col: parsed.problem.col } : {};
  const value = readJson(file, text, place.row === undefined ? {} : { row: place.row, col: place.col ?? 1 });
  if ('problem' in value) return value;
  return { value: value.value, place: 'problem' in parsed ? () => ({ row: 1, col: 1 }) : parsed.place };
}

/** A file that is JSON alone. */
export function readJson(
  file: string,
  text: string,
  place: { row?: number; col?: number } = {},
): { value: unknown } | { problem: Problem } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return {
      problem: { file, ...place, code: 'data_error', message: error instanceof Error ? error.message : String(error) },
    };
  }
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
    });
    const first = document.errors[0] ?? document.warnings[0];
    if (first) return { problem: { file, ...at(first.pos[0]), code: 'data_error', message: first.message } };
    let alias: number | null = null;
    visit(document, (_key, node) => {
      if (!isAlias(node)) return undefined;
      alias = node.range?.[0] ?? 0;
      return visit.BREAK;
    });
    if (alias !== null) {
      // A few lines of anchors and aliases can mean gigabytes.
      const message = 'aliases (*name) are not allowed: write the value out';
      return { problem: { file, ...at(alias), code: 'data_error', message } };
    }
    return {
      value: document.toJS({ maxAliasCount: 0 }),
      place: (path) => at(offsetOf(document.contents, path)),
    };
  } catch (error) {
    // Nested so deeply that the parser's own stack ended.
    return { problem: { file, code: 'data_error', message: error instanceof Error ? error.message : String(error) } };
  }
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
