// What bin/sudoqld.js runs.
import { runCommand } from './program.ts';

/** How long a command that was asked to end may take to do so by itself. */
const PATIENCE_MS = 2_000;

const stop = new AbortController();
let patient = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  const exit = () => process.exit(signal === 'SIGINT' ? 130 : 143);
  process.on(signal, () => {
    // Who asks twice does not want to wait.
    if (stop.signal.aborted) exit();
    stop.abort();
    if (!patient) setTimeout(exit, PATIENCE_MS).unref();
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `sudoqld ledger show | head` closes the pipe; that is no fault.
  process.exit(error.code === 'EPIPE' ? 0 : 70);
});
const exitCode = await runCommand(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  signal: stop.signal,
  endsByItself: () => {
    patient = true;
  },
  onHangup: (listener) => void process.on('SIGHUP', listener),
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
});
process.exitCode = exitCode;
// What was said to have ended and still holds the process does not hold it for long.
if (patient) setTimeout(() => process.exit(), PATIENCE_MS).unref();
