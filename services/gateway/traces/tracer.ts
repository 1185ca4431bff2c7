// Who begins traces and tells spans. Which traces are sent is decided by their ids, so that every replica decides alike.
import { randomFillSync } from 'node:crypto';
import type { Exporter } from './exporter.ts';
import type { Span } from './span.ts';

export interface Tracer {
  /** A new trace's id; null where it is not sent. */
  begin(): string | null;
  /** Whether the trace of this id is sent. */
  keeps(trace: string): boolean;
  /** It is over; its id, to be others' parent. */
  tell(span: Omit<Span, 'id'> & { id?: string }): string;
}

/** `sample`: the part of all traces that is sent, from 0 to 1. */
export function makeTracer(exporter: Pick<Exporter, 'add'>, sample: number): Tracer {
  const below = sample * 2 ** 32;
  const keeps = (trace: string) => Number.parseInt(trace.slice(0, 8), 16) < below;
  return {
    begin() {
      const trace = random(16);
      return keeps(trace) ? trace : null;
    },
    keeps,
    tell(span) {
      const id = span.id ?? newSpanId();
      exporter.add({ ...span, id });
      return id;
    },
  };
}

export const newSpanId = (): string => random(8);

/** Asked for by the kilobyte: a statement takes five. */
const pool = Buffer.alloc(4_096);
let next = pool.length;

/** So many bytes as hex digits. */
function random(bytes: number): string {
  if (next + bytes > pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  next += bytes;
  return pool.toString('hex', next - bytes, next);
}
