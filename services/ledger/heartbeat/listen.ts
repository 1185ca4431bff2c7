import pg from 'pg';
import { type Connection, connect } from '../write/connection.ts';

/**
 * Calls `heard` at each NOTIFY on `channel`, and after each connecting, for what was missed. The payload is left unread: NOTIFY has no
 * access control. When it is deaf for a while, nothing is lost but haste.
 */
export function listen(
  config: pg.ClientConfig,
  channel: string,
  heard: () => void,
  timeoutMs: number,
): { close(): Promise<void> } {
  let closed = false;
  let connection: Connection | null = null;
  let interrupt = () => {};

  async function run(): Promise<void> {
    while (!closed) {
      try {
        const opened = await connect({ ...config, application_name: 'sudoql listen' }, timeoutMs);
        connection = opened;
        const ended = new Promise<void>((resolve) => opened.onEnd(resolve));
        opened.client.on('notification', heard);
        await opened.within(timeoutMs, (client) => client.query(`LISTEN ${pg.escapeIdentifier(channel)}`));
        heard();
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
    async close() {
      closed = true;
      interrupt();
      connection?.destroy();
      await running;
    },
  };
}
