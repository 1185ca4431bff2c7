import pg from 'pg';
import { type Connection, connect } from '../write/connection.ts';

/** Called at each NOTIFY with its payload, and with null after each connecting, for what was missed. */
export type Heard = (payload: string | null) => void;

export interface Ear {
  /** Another channel on the same connection. */
  hear(channel: string, heard: Heard): void;
  close(): Promise<void>;
}

/**
 * Calls `heard` at each NOTIFY on `channel`. NOTIFY has no access control: a payload is somebody's word, and proves nothing by itself.
 * When it is deaf for a while, what was said meanwhile is lost.
 */
export function listen(config: pg.ClientConfig, channel: string, heard: Heard, timeoutMs: number): Ear {
  const channels = new Map([[channel, heard]]);
  let closed = false;
  let connection: Connection | null = null;
  let interrupt = () => {};

  /** One after the other. */
  let attending: Promise<unknown> = Promise.resolve();
  const attend = (opened: Connection, name: string) => {
    const attended = attending
      .catch(() => undefined)
      .then(() => opened.within(timeoutMs, (client) => client.query(`LISTEN ${pg.escapeIdentifier(name)}`)));
    attending = attended;
    return attended;
  };

  async function run(): Promise<void> {
    while (!closed) {
      try {
        const opened = await connect({ ...config, application_name: 'sudoql listen' }, timeoutMs);
        const ended = new Promise<void>((resolve) => opened.onEnd(resolve));
        opened.client.on('notification', ({ channel: name, payload }) => channels.get(name)?.(payload ?? ''));
        connection = opened;
        for (const name of channels.keys()) await attend(opened, name);
        for (const each of channels.values()) each(null);
        if (!closed) await ended;
      } catch {
        // The heartbeat reports what is wrong with the ledger.
      }
      connection?.destroy();
      connection = null;
      if (!closed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 500);
          interrupt = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }

  const running = run();
  return {
    hear(name, also) {
      channels.set(name, also);
      const opened = connection;
      // Where it fails the connection is begun anew, with all channels.
      if (opened) attend(opened, name).catch(() => opened.destroy());
    },
    async close() {
      closed = true;
      interrupt();
      connection?.destroy();
      await running;
    },
  };
}
