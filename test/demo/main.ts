// `npm run demo`: all of sudoql on this machine. A REPL on a terminal, a narrated tour without one; `--serve` for one's own client.
import { parseArgs } from 'node:util';
import { setStage, type Stage } from './stage.ts';
import { serveUntilStopped } from './serve.ts';
import { runTour } from './tour.ts';

const HELP = `npm run demo [-- OPTIONS]

Starts a PostgreSQL with a shop in it, a ledger, the gateway, a mailbox and a webhook receiver, all on 127.0.0.1.
On a terminal it then opens the REPL; without one it takes the tour.

  --tour            take the tour on a terminal too
  --serve           keep running until SIGTERM or Ctrl-C, for your own client
  --json            with --serve: print one line of JSON when ready
  --data DIRECTORY  where the data is kept (default: .demo)
`;

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    tour: { type: 'boolean', default: false },
    data: { type: 'string', default: '.demo' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
} else {
  // What starts servers sets another code of its own once nothing is left to do.
  process.exit(await main());
}

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const began = performance.now();
  let stage: Stage;
  try {
    stage = await setStage({
      directory: values.data,
      usualPorts: !values.json,
      payroll: !(values.serve && values.json),
      progress: (step) => {
        stop.signal.throwIfAborted();
        process.stderr.write(`  starting ${step} …\n`);
      },
    });
  } catch (error) {
    if (stop.signal.aborted) return 130;
    process.stderr.write(`The demo could not start. ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  process.stderr.write(`  ready after ${((performance.now() - began) / 1_000).toFixed(1)} s\n`);
  try {
    if (values.serve || stop.signal.aborted) {
      await serveUntilStopped(stage, values.json, stop.signal);
      return 0;
    }
    if (process.stdin.isTTY && process.stdout.isTTY && !values.tour) {
      const { openRepl } = await import('./repl.ts');
      return await openRepl(stage, stop.signal);
    }
    return (await runTour(stage, stop.signal)) ? 0 : 1;
  } finally {
    await stage.close();
  }
}
