// What bin/sudoqld.js runs.
import { runCommand } from './program.ts';

const stop = new AbortController();
let asked = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    asked++;
    // Who asks twice does not want to wait.
    if (asked > 1) process.exit(signal === 'SIGINT' ? 130 : 143);
    stop.abort();
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `sudoqld ledger show | head` closes the pipe; that is no fault.
  process.exit(error.code === 'EPIPE' ? 0 : 70);
});
process.exitCode = await runCommand(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  signal: stop.signal,
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
});
