// Recorded decisions as a file of JSON lines, for replay where there is no ledger: in CI, on an author's machine.
import type { Writable } from 'node:stream';
import { ENTRYPOINTS } from '../decision.ts';
import type { DecisionPage, Decisions, RecordedDecision, Result } from './decisions.ts';
import { PAGE_DECISIONS } from './decisions.ts';
import { linesOf } from './lines.ts';

const FORMAT = 'sudoql decisions 2';
/** Parts are written once, and again when so many characters of others were used since: a reader need not hold more. */
const REMEMBERED = 32 * 1_024 * 1_024;
/** A line longer than this is none of ours. */
const MAX_LINE = 8 * 1_024 * 1_024;

export class NotAnExport extends Error {}

/** The parts that were used last, in the order of use; reader and writer forget alike. */
class Recent {
  readonly #texts = new Map<string, string>();
  #characters = 0;

  use(hash: string): string | undefined {
    const text = this.#texts.get(hash);
    if (text !== undefined) this.add(hash, text);
    return text;
  }

  add(hash: string, text: string): void {
    this.#forget(hash);
    this.#texts.set(hash, text);
    this.#characters += text.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#characters <= REMEMBERED || oldest === hash) break;
      this.#forget(oldest);
    }
  }

  #forget(hash: string): void {
    this.#characters -= this.#texts.get(hash)?.length ?? 0;
    this.#texts.delete(hash);
  }
}

/** Returns how many decisions were written. Waits for a slow `out`. */
export async function exportDecisions(
  decisions: Decisions,
  out: Writable,
  onProgress?: (done: number) => void,
): Promise<number> {
  const recent = new Recent();
  let count = 0;
  const write = async (line: unknown) => {
    if (!out.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`))
      await new Promise((resolve) => out.once('drain', resolve));
  };
  await write({ format: FORMAT });
  for await (const { decisions: page, parts } of decisions) {
    for (const decision of page) {
      for (const hash of hashesOf(decision)) {
        const text = parts.get(hash);
        if (recent.use(hash) !== undefined || text === undefined) continue;
        recent.add(hash, text);
        await write(`${beginningOf(hash)}${text}}`);
      }
      await write({ decision });
      count += decision.count;
    }
    onProgress?.(count);
  }
  return count;
}

/** Throws NotAnExport, with the line's number, for a file that is not what `exportDecisions` wrote. */
export async function* exportedDecisions(file: string): Decisions {
  const lines = linesOf(file, MAX_LINE, (line) => new NotAnExport(`${file}:${line}: the line is too long`));
  const recent = new Recent();
  let number = 0;
  let page = emptyPage();
  for await (const line of lines) {
    number++;
    const fail = (why: string) => new NotAnExport(`${file}:${number}: ${why}`);
    const value = parse(line);
    if (value === null) throw fail('not a line of JSON');
    if (number === 1) {
      if (value.format !== FORMAT) throw fail(`not an export of decisions ("${FORMAT}")`);
    } else if (typeof value.part === 'string') {
      // As it was written, not as it was parsed: it is parsed where it is evaluated, and forgotten when the writer forgot it.
      const beginning = beginningOf(value.part);
      if (!line.startsWith(beginning) || !line.endsWith('}')) throw fail('not a part as it is exported');
      recent.add(value.part, line.slice(beginning.length, -1));
    } else if (isDecision(value.decision)) {
      for (const hash of hashesOf(value.decision)) {
        const text = recent.use(hash);
        if (text !== undefined) page.parts.set(hash, text);
      }
      page.decisions.push(value.decision);
      if (page.decisions.length === PAGE_DECISIONS) {
        yield page;
        page = emptyPage();
      }
    } else throw fail('neither a part nor a decision');
  }
  if (number === 0) throw new NotAnExport(`${file}: is empty`);
  if (page.decisions.length > 0) yield page;
}

const beginningOf = (hash: string): string => `{"part":${JSON.stringify(hash)},"is":`;

const emptyPage = (): DecisionPage & { parts: Map<string, string> } => ({ decisions: [], parts: new Map() });

const hashesOf = ({ context, facts }: RecordedDecision): string[] => (facts === null ? [context] : [context, facts]);

function parse(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const ENTRYPOINT_NAMES: ReadonlySet<unknown> = new Set(Object.keys(ENTRYPOINTS));
const RESULTS: ReadonlySet<unknown> = new Set(['allow', 'confirm', 'approve', 'deny'] satisfies Result[]);

function isDecision(value: unknown): value is RecordedDecision {
  if (typeof value !== 'object' || value === null) return false;
  const { context, clock, codes, entrypoint, result, count, terms } = value as Partial<RecordedDecision>;
  return (
    typeof context === 'string' &&
    typeof clock === 'string' &&
    Array.isArray(codes) &&
    ENTRYPOINT_NAMES.has(entrypoint) &&
    (result === null || RESULTS.has(result)) &&
    typeof count === 'number' &&
    typeof terms === 'object' &&
    terms !== null
  );
}
