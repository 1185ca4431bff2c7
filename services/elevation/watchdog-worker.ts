// The thread that ends writers when the main thread does not: at their deadline, or when the ledger was out of reach for the lease.
// And that ends the process when the main thread does nothing at all any more.
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type BackendEnder, makeBackendEnder } from './backend-ender.ts';
import type { WriterBackend } from './elevations.ts';
import { BEAT_MS, makeStandstill } from './standstill.ts';
import { backendKey, type FromWatchdog, type ToWatchdog, type WatchdogData } from './watchdog-messages.ts';

/** How long a backend that was fired upon is looked at before it is reported and tried anew. */
const ROUND_NS = 60_000_000_000n;
const LONGEST_TIMER_MS = 60_000;

const port = parentPort;
if (!port) throw new Error('The watchdog runs as a worker.');
const { targets, leaseNs, graceNs, beats, standstillMs } = workerData as WatchdogData;
const say = (message: FromWatchdog) => port.postMessage(message);

const enders = new Map<string, BackendEnder>(
  Object.entries(targets).map(([target, config]) => [
    target,
    makeBackendEnder(config, (problem) => say({ say: 'trouble', target, problem })),
  ]),
);
const armed = new Map<string, { writer: WriterBackend; deadline: bigint; since: bigint; firing: boolean }>();
let lease = 0n;
let timer: NodeJS.Timeout | undefined;
let soon: NodeJS.Immediate | undefined;

function dueAt({ deadline, since }: { deadline: bigint; since: bigint }): { at: bigint; why: 'deadline' | 'lease' } {
  const confirmed = (since > lease ? since : lease) + leaseNs;
  return confirmed < deadline ? { at: confirmed + graceNs, why: 'lease' } : { at: deadline + graceNs, why: 'deadline' };
}

const beaten = new Int32Array(beats);
const standsStill = makeStandstill(standstillMs);
const looking = setInterval(() => {
  if (standsStill(Atomics.load(beaten, 0), performance.now())) endProcess();
}, BEAT_MS);

/** What holds the event loop up holds up every session, every deadline and SIGTERM: who starts the process again helps them all. */
function endProcess(): void {
  const msg = `the event loop has stood still for ${standstillMs / 1_000} s, so the process is ended: something in it does not come to its end`;
  // Standard error may be a pipe that nobody reads.
  try {
    writeSync(2, `${JSON.stringify({ level: 60, time: new Date().toISOString(), msg })}\n`);
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

/** Looks at the clock when all messages that have arrived are heard: an extension may be among them. */
function watch(): void {
  clearImmediate(soon);
  soon = setImmediate(look);
}

/** Fires upon what is due, and sets the timer for what comes next. */
function look(): void {
  clearTimeout(timer);
  const now = process.hrtime.bigint();
  let next: bigint | null = null;
  for (const [key, each] of armed) {
    if (each.firing) continue;
    const { at, why } = dueAt(each);
    if (at <= now) void fire(key, why);
    else if (next === null || at < next) next = at;
  }
  if (next !== null) timer = setTimeout(watch, Math.min(Number((next - now) / 1_000_000n) + 1, LONGEST_TIMER_MS));
}

async function fire(key: string, why: 'deadline' | 'lease'): Promise<void> {
  const each = armed.get(key);
  if (!each) return;
  each.firing = true;
  say({ say: 'fired', writer: each.writer, why });
  while (armed.get(key) === each) {
    const fate = await enders.get(each.writer.target)?.look(each.writer, true, process.hrtime.bigint() + ROUND_NS);
    if (fate === 'unconfirmed' || armed.get(key) !== each) continue;
    armed.delete(key);
    say({ say: 'over', writer: each.writer });
  }
}

port.on('message', (message: ToWatchdog) => {
  switch (message.say) {
    case 'arm': {
      const { writer, deadline, lease: since } = message;
      armed.set(backendKey(writer), { writer, deadline, since, firing: false });
      return watch();
    }
    case 'disarm':
      armed.delete(backendKey(message.writer));
      return;
    case 'lease':
      lease = message.at;
      return;
    case 'look': {
      const { ask, writer, signal, until } = message;
      void enders
        .get(writer.target)
        ?.look(writer, signal, until)
        .then((fate) => say({ say: 'fate', ask, fate }));
      return;
    }
    case 'sweep': {
      const { ask, target, sessions, until } = message;
      void enders
        .get(target)
        ?.sweep(sessions, until)
        .then((fate) => say({ say: 'fate', ask, fate }));
      return;
    }
    case 'committed': {
      const { ask, target, transaction, until } = message;
      void enders
        .get(target)
        ?.committed(transaction, until)
        .then((committed) => say({ say: 'committed', ask, committed }));
      return;
    }
    case 'close':
      clearTimeout(timer);
      clearImmediate(soon);
      clearInterval(looking);
      armed.clear();
      void Promise.all([...enders.values()].map((ender) => ender.close())).then(() => port.close());
  }
});
