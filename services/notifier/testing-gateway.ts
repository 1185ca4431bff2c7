// A process that only delivers, for the test that kills it: `node testing-gateway.ts '{"gateway":…,"channels":…,"replica":…}'`.
import type pg from 'pg';
import { makeHeartbeat } from '../ledger/heartbeat/make-heartbeat.ts';
import { makeLedger } from '../ledger/write/make-ledger.ts';
import type { ChannelSettings } from './channels/channel.ts';
import { makeNotifier } from './notifier.ts';
import { makeOutbox } from './outbox.ts';
import { silentLog } from './testing.ts';

const { gateway, channels, replica } = JSON.parse(process.argv[2] ?? '') as {
  gateway: pg.ClientConfig;
  channels: Record<string, ChannelSettings>;
  replica: string;
};
const ledger = makeLedger({ connection: gateway, replica, version: 'test', graceMs: 1_000 });
makeNotifier({
  database: gateway,
  ledger,
  heartbeat: makeHeartbeat({ connection: gateway, replica }),
  channels,
  outbox: makeOutbox({ channels }),
  security: [],
  publicUrl: null,
  links: () => ({ stopLink: () => null }),
  replica,
  log: silentLog,
});
