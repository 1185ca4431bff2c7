// The way of spans to a collector, by OTLP over HTTP. It holds nobody up: what a collector that is slow or gone leaves no room for is
// dropped, and counted.
import type { Log } from '../../contract/log.ts';
import { within } from '../../contract/within.ts';
import { post, retryAfterMs } from '../../notifier/channels/post.ts';
import type { TraceSettings } from '../config/traces.ts';
import { rejected, type Resource, tracesBody } from './otlp.ts';
import type { Span } from './span.ts';

export interface Exporter {
  /** Never waits, never throws. */
  add(span: Span): void;
  /** Spans since this process began. */
  counts(): { sent: number; dropped: number };
  /** Sends what waits, for a second at most. */
  close(): Promise<void>;
}

export interface ExporterOptions {
  settings: Pick<TraceSettings, 'url' | 'headers' | 'allowPrivate' | 'proxy'>;
  resource: Resource;
  log: Pick<Log, 'warn' | 'info'>;
  /** Milliseconds that a span waits for company. */
  everyMs?: number;
  /** Milliseconds for one request. */
  timeoutMs?: number;
}

/** Spans that wait, some 600 bytes each. */
const MOST_WAITING = 8_192;
const BATCH = 256;
const MOST_ATTEMPTS = 5;
const LONGEST_PAUSE = 60_000;
const LAST_WORDS = 1_000;
/** Of an answer. */
const MOST_BYTES = 64 * 1_024;
/** https://opentelemetry.io/docs/specs/otlp/#failures-1: these alone are tried again. */
const AGAIN = new Set([429, 502, 503, 504]);

export function makeExporter({
  settings,
  resource,
  log,
  everyMs = 2_000,
  timeoutMs = 10_000,
}: ExporterOptions): Exporter {
  const url = new URL(settings.url);
  // Looked up each time: what is in force may be read again.
  const headers = () => ({
    ...settings.headers,
    'content-type': 'application/json',
    'user-agent': `sudoql/${resource.version}`,
  });
  const bounds = {
    allowPrivate: settings.allowPrivate,
    proxy: settings.proxy === null ? null : new URL(settings.proxy),
    timeoutMs,
    maxBytes: MOST_BYTES,
  };
  const waiting: Span[] = [];
  const counted = { sent: 0, dropped: 0 };
  /** Of the batch that is first now. */
  let attempts = 0;
  let failing = false;
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> | null = null;
  let closed = false;

  const sendIn = (ms: number) => {
    if (timer !== null || sending !== null || closed) return;
    timer = setTimeout(() => {
      timer = null;
      void send();
    }, ms).unref();
  };
  const send = () => {
    sending ??= sendBatch().then((pause) => {
      sending = null;
      if (waiting.length > 0) sendIn(pause);
    });
    return sending;
  };

  /** Takes the first batch off, unless it is to be tried again. Milliseconds until the next. */
  async function sendBatch(): Promise<number> {
    const batch = waiting.slice(0, BATCH);
    const { problem, lost, pause } = await attempt(batch);
    // Said once, until one is taken.
    if (problem !== null && !failing) log.warn({ problem }, 'traces were not taken');
    if (problem === null && failing) log.info({}, 'traces are taken again');
    failing = problem !== null;
    if (pause !== null && ++attempts < MOST_ATTEMPTS) return pause;
    attempts = 0;
    waiting.splice(0, batch.length);
    counted.dropped += lost;
    counted.sent += batch.length - lost;
    return pause ?? (waiting.length >= BATCH ? 0 : everyMs);
  }

  /** `pause`: it may be tried again, after so many milliseconds. */
  async function attempt(batch: Span[]): Promise<{ problem: string | null; lost: number; pause: number | null }> {
    const lost = batch.length;
    const backoff = Math.min(LONGEST_PAUSE, everyMs * 2 ** attempts);
    try {
      const { status, retryAfter, body } = await post(url, headers(), tracesBody(resource, batch), bounds);
      if (status >= 200 && status < 300) return { problem: null, lost: Math.min(lost, rejected(body)), pause: null };
      const problem = `the collector answered ${status}`;
      if (!AGAIN.has(status)) return { problem, lost, pause: null };
      return { problem, lost, pause: Math.min(LONGEST_PAUSE, retryAfterMs(retryAfter) ?? backoff) };
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error), lost, pause: backoff };
    }
  }

  return {
    add(span) {
      if (closed || waiting.length >= MOST_WAITING) {
        counted.dropped++;
        return;
      }
      waiting.push(span);
      sendIn(everyMs);
    },
    counts: () => ({ ...counted }),
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      const rest = async () => {
        await sending;
        for (let left = waiting.length; left > 0; left = waiting.length) {
          await sendBatch();
          if (waiting.length === left) return;
        }
      };
      await within(rest(), LAST_WORDS, () => undefined);
      counted.dropped += waiting.splice(0).length;
    },
  };
}
