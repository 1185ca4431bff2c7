import type { Config } from '../config/configuration.ts';
import { connectionOf } from '../targets/connections.ts';

/** The auditor may read entries and nothing else; the gateway's login can as well. */
export function readerOf({ ledger }: Config): ReturnType<typeof connectionOf> {
  return connectionOf(ledger, ledger.auditor ?? ledger.gateway);
}
