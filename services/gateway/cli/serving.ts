// The three ways in which a process serves: as the only one of its host, as the supervisor of several, as one of them.
import type { Config } from '../config/configuration.ts';
import { apply, differences } from '../config/reload.ts';
import { configOfSnapshot, type Snapshot } from '../config/snapshot.ts';
import { startGateway } from '../gateway.ts';
import { type Log, makeLog } from '../log.ts';
import { joinHost } from '../processes/member.ts';
import { superviseProcesses } from '../processes/supervisor.ts';
import { CommandFailed, type Io } from './io.ts';

/** `read` reads the configuration again. */
export async function serveAlone(config: Config, log: Log, io: Io, read: () => Config): Promise<void> {
  const gateway = await startGateway(config, { log });
  io.onHangup?.(() => takeOver(log, () => gateway.reload(read())));
  await aborted(io.signal);
  await gateway.close();
}

export async function serveTogether(
  processes: number,
  snapshot: Snapshot,
  log: Log,
  io: Io,
  read: () => { config: Config; snapshot: Snapshot },
): Promise<void> {
  const supervisor = superviseProcesses({ processes, snapshot, log });
  // Who asks twice does not want to wait: this process ends at once then, and takes the others with it.
  process.once('exit', () => {
    if (io.signal.aborted) supervisor.kill();
  });
  io.onHangup?.(() =>
    takeOver(log, () => {
      const fresh = read();
      log.level = fresh.config.logLevel;
      supervisor.reload(fresh.snapshot);
    }),
  );
  const stop = () => {
    log.info({ processes }, 'shutting down all processes');
    supervisor.stop();
  };
  if (io.signal.aborted) stop();
  else io.signal.addEventListener('abort', stop, { once: true });
  const code = await supervisor.ended;
  if (code !== 0) throw new CommandFailed('The first process of the gateway could not start; it says why above.', code);
}

export async function serveAsMember(io: Io): Promise<void> {
  io.endsByItself?.();
  // The supervisor reads the configuration, and says so to all.
  io.onHangup?.(() => {});
  const member = await joinHost();
  try {
    const { first, latest } = member.snapshots;
    const config = configOfSnapshot(first, io.env);
    // What those that were there before have taken over meanwhile, and no more.
    const taken = configOfSnapshot(latest, io.env);
    apply(config, taken, differences(config, taken).changed);
    const log = makeLog(config.logLevel);
    const gateway = await startGateway(config, { log, host: member });
    member.onReload((snapshot) => takeOver(log, () => gateway.reload(configOfSnapshot(snapshot, io.env))));
    const stopped = Promise.withResolvers<void>();
    member.onStop(stopped.resolve);
    await Promise.race([stopped.promise, aborted(io.signal)]);
    member.leaves();
    await gateway.close();
  } finally {
    member.release();
  }
}

function takeOver(log: Log, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    log.error({ err: error }, 'the configuration cannot be used: nothing of it was taken over');
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
