// A process that ended by itself is known to its host at once: what it left is settled, and people are told.
import type { Heartbeat } from '../../ledger/heartbeat/heartbeat.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { wasSaidLately } from '../../notifier/alert.ts';
import type { NoticeEvent, Outbox } from '../../notifier/notice.ts';
import type { Log } from '../log.ts';
import type { Ended, Host } from './host.ts';

export interface EndsDeps {
  host: Pick<Host, 'onDuty' | 'onEnded'>;
  heartbeat: Pick<Heartbeat, 'gone'>;
  ledger: Pick<Ledger, 'transaction' | 'head'>;
  outbox: Outbox;
  /** Channels of those who look after the gateway. */
  channels: string[];
  /** This process's name. */
  gateway: string;
  log: Pick<Log, 'warn'>;
}

const AGAIN_MS = 2_000;
const TRIES = 30;

export function tellEnds({ host, heartbeat, ledger, outbox, channels, gateway, log }: EndsDeps): void {
  let onDuty = false;
  host.onDuty(() => {
    onDuty = true;
  });
  host.onEnded((ended) => {
    heartbeat.gone(ended.process);
    if (onDuty && ended.how !== null) void tell(ended, ended.how);
  });

  async function tell({ slot }: Ended, how: string): Promise<void> {
    const problem = `Process ${slot} of this gateway ended by itself (${how}) and is started again. Its sessions are over; what they had open in write mode is ended and announced apart from this.`;
    const event: NoticeEvent = { event: 'gateway.problem', problem, gateway };
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        await ledger.transaction([], async (client) => {
          const { head } = ledger;
          if (!head) throw new Error('the chain has not begun');
          if (!(await wasSaidLately(client, event, channels))) await outbox.enqueue(client, event, channels, head);
        });
        return;
      } catch (error) {
        log.warn({ err: error, slot }, 'the end of a process could not be announced yet');
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
      }
    }
  }
}
