// How the tour speaks, and how it notices that something is not so.
import type { Writable } from 'node:stream';

/** A step's result is not what it says. */
export class TourFailed extends Error {}

export interface Narrator {
  step(title: string): void;
  typed(who: string, text: string): void;
  answered(...lines: (string | undefined)[]): void;
  quoted(text: string): void;
  /** Throws TourFailed unless it is so. */
  is(claim: string, so: boolean, shown?: unknown): void;
  end(text: string): void;
  failed(error: unknown): void;
}

export function makeNarrator(out: Writable & { isTTY?: boolean }): Narrator {
  const coloured = out.isTTY === true && !process.env.NO_COLOR;
  const paint = (code: number, text: string) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
  const say = (text = '') => out.write(`${text}\n`);
  let steps = 0;
  return {
    step: (title) => {
      steps++;
      say(`\n${paint(1, `${steps}. ${title}`)}`);
    },
    typed: (who, text) => say(`   ${paint(36, `${who}>`)} ${text}`),
    answered: (...lines) => {
      for (const line of lines) if (line) say(`   ${line}`);
    },
    quoted: (text) => {
      for (const line of text.trim().split('\n')) say(`   ${paint(2, '|')} ${line}`);
    },
    is: (claim, so, shown) => {
      const more = shown === undefined ? '' : `: ${typeof shown === 'string' ? shown : JSON.stringify(shown)}`;
      if (!so) throw new TourFailed(`It is not so that ${claim}${more}`);
      say(`   ${paint(32, '✓')} ${claim}${more}`);
    },
    end: (text) => say(`\n${text}`),
    failed: (error) => {
      const text = error instanceof TourFailed ? error.message : error instanceof Error ? error.stack : String(error);
      say(`\n   ${paint(31, '✗')} ${text}`);
    },
  };
}

/** For machines that do much else. What has to be quick is told with its time. */
const PATIENCE_MS = 60_000;

/** Looks again every few milliseconds until there is something; throws TourFailed after a while. */
export async function eventually<T>(
  tell: Narrator,
  claim: string,
  look: () => Promise<T | null>,
  shown: (found: T) => unknown = (found) => found,
): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== null) {
      tell.is(claim, true, shown(found));
      return found;
    }
    if (performance.now() > end)
      throw new TourFailed(`It is not so that ${claim}, not within ${PATIENCE_MS / 1_000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
