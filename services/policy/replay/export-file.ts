// Recorded decisions as a file of JSON lines, for replay where there is no ledger: in CI, on an author's machine.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import type { DecisionPage, Decisions, RecordedDecision } from './decisions.ts';
import { PAGE_DECISIONS } from './decisions.ts';

const FORMAT = 'sudoql decisions 1';
/** Parts are written once, and again when so many others were used since: a reader need not hold more. */
const REMEMBERED = 5_000;
/** A line longer than this is none of ours. */
const MAX_LINE = 8 * 1_024 * 1_024;

export class NotAnExport extends Error {}

/** The last so many parts that were used, in the order of use; reader and writer forget alike. */
class Recent {
  readonly #texts = new Map<string, string>();

  use(hash: string): string | undefined {
    const text = this.#texts.get(hash);
    if (text !== undefined) this.add(hash, text);
    return text;
  }

  add(hash: string, text: string): void {
    this.#texts.delete(hash);
    this.#texts.set(hash, text);
    if (this.#texts.size > REMEMBERED) for (const [oldest] of this.#texts) return void this.#texts.delete(oldest);
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
        await write(`{"part":${JSON.stringify(hash)},"is":${text}}`);
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
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  const recent = new Recent();
  let number = 0;
  let page = emptyPage();
  for await (const line of lines) {
    number++;
    const fail = (why: string) => new NotAnExport(`${file}:${number}: ${why}`);
    if (line.length > MAX_LINE) throw fail('the line is too long');
    const value = parse(line);
    if (value === null) throw fail('not a line of JSON');
    if (number === 1) {
      if (value.format !== FORMAT) throw fail(`not an export of decisions ("${FORMAT}")`);
    } else if (typeof value.part === 'string') {
      // As it was written, not as it was parsed: it is parsed where it is evaluated.
      recent.add(value.part, JSON.stringify(value.is));
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

function isDecision(value: unknown): value is RecordedDecision {
  if (typeof value !== 'object' || value === null) return false;
  const { context, clock, codes, entrypoint, result, count, terms } = value as Partial<RecordedDecision>;
  return (
    typeof context === 'string' &&
    typeof clock === 'string' &&
    Array.isArray(codes) &&
    (entrypoint === 'statement' || entrypoint === 'elevation' || entrypoint === 'admin') &&
    (result === 'allow' || result === 'deny' || result === 'confirm') &&
    typeof count === 'number' &&
    typeof terms === 'object' &&
    terms !== null
  );
}
