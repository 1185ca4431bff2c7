import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from '../../test/helpers/postgres.ts';
import { untilListening } from './listening.ts';

/** The bare relay as a process of its own. */
export async function startRelay(target: number): Promise<{ port: number; pid: number; stop(): Promise<void> }> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'relay.ts'), String(port), String(target)], {
    stdio: 'ignore',
  });
  await untilListening(port, child);
  return {
    port,
    pid: Number(child.pid),
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}
