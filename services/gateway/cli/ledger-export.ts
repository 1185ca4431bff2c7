// `sudoqld ledger export` and `ledger tail`: the record for programs of others.
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { endsInFile, NotAnExport } from '../../ledger/export/export-file.ts';
import { exportLedger, NotGoneOn } from '../../ledger/export/export.ts';
import { tailLedger } from '../../ledger/export/tail.ts';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { CommandFailed, configOf, EXIT, type Io, say, withConfig } from './io.ts';
import { makeProgress } from './progress.ts';
import { readerOf } from './ledger-reader.ts';

export function registerExport(ledger: Command, io: Io): void {
  withConfig(ledger.command('export'))
    .description(
      'Writes every entry as it was hashed, one JSON object a line, for a verifier that is not ours and for keeping (docs/ledger.md, "Export").',
    )
    .option('--to <file>', 'go on with this file, or make it; else standard output')
    .addHelpText(
      'after',
      '\nExample:\n  sudoqld ledger export --to record.jsonl && python3 clients/verifier/sudoql_verify.py record.jsonl',
    )
    .action(async ({ to, ...options }: { config: string; to?: string }) => {
      const connection = readerOf(configOf(options, io));
      const progress = makeProgress(io, null, 'entries');
      try {
        const after = to === undefined ? new Map() : await endsInFile(to);
        const out = to === undefined ? io.out : createWriteStream(to, { flags: 'a', mode: 0o600 });
        const count = await exportLedger(connection, out, { after, onProgress: progress.show });
        if (to === undefined) return;
        out.end();
        await finished(out);
        progress.end();
        say(io.err, `${count} entries were added to ${to}.`);
      } catch (error) {
        throw explained(error);
      } finally {
        progress.end();
      }
    });
}

export function registerTail(ledger: Command, io: Io): void {
  withConfig(ledger.command('tail'))
    .description(
      'Writes entries from where it was when it last ran, one JSON object a line as "show --json" does, and goes on with what is recorded. Each entry comes at least once, those of one process in their order.',
    )
    .requiredOption('--cursor <file>', 'remembers how far it was')
    .option('--once', 'end when there is no more for now', false)
    .addHelpText('after', '\nExample:\n  sudoqld ledger tail --cursor /var/lib/sudoql/siem.cursor | logger -t sudoql')
    .action(async ({ cursor, once, ...options }: { config: string; cursor: string; once: boolean }) => {
      const pool = makeLedgerPool({ connection: readerOf(configOf(options, io)) });
      io.endsByItself?.();
      try {
        await tailLedger(pool, io.out, { cursor, once, signal: io.signal });
      } catch (error) {
        throw explained(error);
      } finally {
        await pool.close();
      }
    });
}

function explained(error: unknown): unknown {
  return error instanceof NotGoneOn || error instanceof NotAnExport ? new CommandFailed(error.message, EXIT.no) : error;
}
