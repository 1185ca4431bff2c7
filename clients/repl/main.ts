// `sudoql`: see options.ts for what it takes.
import { EXIT } from './exit-codes.ts';
import { run } from './run.ts';
import { environment } from './settings.ts';
import { standardTerminal } from './terminal.ts';

// `sudoql … | head`: who reads has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.usage),
);

const code = await run(process.argv.slice(2), {
  terminal: standardTerminal(),
  env: environment(),
  onSignal: (interrupted) => {
    process.on('SIGINT', interrupted);
    return () => process.off('SIGINT', interrupted);
  },
});
// Not exit(): what was written to a pipe must leave first. A standard input that is still open would keep us, so it is let go.
process.exitCode = code;
process.stdin.destroy();
