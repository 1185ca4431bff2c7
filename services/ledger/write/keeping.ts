import { createHash } from 'node:crypto';
import { canonical } from '../chain/canonical.ts';

export interface Part {
  hash: string;
  /** First day of the month that it is kept under, `YYYY-MM-01`. */
  month: string;
  part: string;
}

/** Parts of decisions on their way into the table `kept`, each once a month and process. */
export interface Keeping {
  keep(part: object): string;
  /** What the next batch must insert, in an order that cannot deadlock with another replica's. */
  waiting(): Part[];
  committed(parts: Part[]): void;
  /** Characters that came to wait since this was asked last. */
  grown(): number;
}

/** How many hashes are remembered as kept; forgetting one costs an insert that finds it there. */
const REMEMBERED = 20_000;

export function makeKeeping(now: () => Date): Keeping {
  const hashes = new WeakMap<object, string>();
  const known = new Set<string>();
  const pending = new Map<string, Part>();
  let month = '';
  let grown = 0;
  const text = (part: object) => canonical(part);
  return {
    keep(part) {
      const current = `${now().toISOString().slice(0, 7)}-01`;
      if (current !== month) {
        // So that a month's entries can be replayed from that month's parts and the one's before.
        known.clear();
        month = current;
      }
      let hash = hashes.get(part);
      if (hash !== undefined && (known.has(hash) || pending.has(hash))) return hash;
      const body = text(part);
      hash = createHash('sha256').update(body, 'utf8').digest('hex').slice(0, 32);
      hashes.set(part, hash);
      if (!known.has(hash) && !pending.has(hash)) {
        pending.set(hash, { hash, month, part: body });
        grown += body.length;
      }
      return hash;
    },
    waiting: () => [...pending.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1)),
    committed(parts) {
      for (const part of parts) {
        if (pending.get(part.hash) !== part) continue;
        pending.delete(part.hash);
        if (known.size >= REMEMBERED) known.clear();
        if (part.month === month) known.add(part.hash);
      }
    },
    grown() {
      const since = grown;
      grown = 0;
      return since;
    },
  };
}
