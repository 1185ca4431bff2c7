// Says what is wrong with a configuration in one line: where, what was expected, what was found.
import { isPair, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';

export type Path = readonly (string | number)[];

/** The configuration cannot be used. The message is for the person who wrote the file; it never holds a secret. */
export class ConfigError extends Error {}

/** Mistakes are gathered, so that all of a file are told at once. */
export interface Mistakes {
  note(problem: ConfigError): void;
  /** What `make` gives; undefined where it throws a ConfigError, which is noted. */
  among<T>(make: () => T): T | undefined;
  /** Throws one ConfigError with a line for each, in the file's order, when there are any. */
  throwAll(): void;
}

export function makeMistakes(): Mistakes {
  const found: ConfigError[] = [];
  return {
    note: (problem) => void found.push(problem),
    among(make) {
      try {
        return make();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        found.push(error);
        return undefined;
      }
    },
    throwAll() {
      if (found.length === 0) return;
      const lines = new Set(found.map(({ message }) => message));
      throw new ConfigError([...lines].sort((a, b) => placeOf(a) - placeOf(b)).join('\n'));
    },
  };
}

/** Of `FILE:LINE:COLUMN: …`, as a number that grows with the file. */
function placeOf(message: string): number {
  const [, line = '0', column = '0'] = /:(\d+):(\d+): /.exec(message) ?? [];
  return Number(line) * 10_000 + Number(column);
}

/** A parsed file that can say where in it a path stands. */
export interface Source {
  readonly value: unknown;
  /** `FILE:LINE:COLUMN: PATH: sentence` */
  problem(path: Path, sentence: string): ConfigError;
}

/** Throws ConfigError when the text is not one YAML document, or has keys that YAML reads as something else than a name. */
export function parseSource(file: string, text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  // Everything behind the first may be wrong only because of it.
  const [error] = document.errors;
  if (error) {
    const hint = /\$\{/.test(text.split('\n')[lines.linePos(error.pos[0]).line - 1] ?? '')
      ? ` (inside { } or [ ] write a reference in quotes: "\${VARIABLE}")`
      : '';
    throw new ConfigError(`${at(error.pos[0])}: not valid YAML: ${error.message}${hint}`);
  }
  const mistakes = makeMistakes();
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || typeof key.value === 'string') return;
      const written = key.range ? text.slice(key.range[0], key.range[1]) : key.source;
      const words = `expected a name, and YAML reads ${written} as ${String(key.value)}: write it in quotes`;
      mistakes.note(new ConfigError(`${at(key.range?.[0] ?? 0)}: ${words}`));
    },
  });
  mistakes.throwAll();
  return {
    value: document.toJS({ maxAliasCount: 20 }),
    problem: (path, sentence) => {
      const where = path.length > 0 ? `${dotted(path)}: ` : '';
      return new ConfigError(`${at(offsetOf(document, path))}: ${where}${sentence}`);
    },
  };
}

function dotted(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

/** Offset of a path's key (of its value in a list); of the nearest parent when the path is not in the document. */
function offsetOf(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    let offset: number | undefined;
    visit(parent as never, {
      Pair(_, pair, ancestors) {
        if (ancestors.at(-1) !== parent) return visit.SKIP;
        if (isPair(pair) && isScalar(pair.key) && String(pair.key.value) === String(last)) offset = pair.key.range?.[0];
        return visit.SKIP;
      },
    });
    offset ??= node?.range?.[0];
    if (offset !== undefined) return offset;
  }
  return 0;
}
