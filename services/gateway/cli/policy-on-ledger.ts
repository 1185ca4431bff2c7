import type { Command } from 'commander';
import type { Io } from './io.ts';
import { registerActivate, registerHistory, registerRollback, registerShow } from './policy-activate.ts';
import { registerExport, registerReplay, registerShadow } from './policy-replay.ts';
import { registerAnswers, registerRequests } from './policy-requests.ts';
import { registerUsage } from './policy-usage.ts';

/** What activates, and what looks into the record. */
export function registerOnLedger(policy: Command, io: Io): void {
  for (const register of [
    registerActivate,
    registerRollback,
    registerHistory,
    registerShow,
    registerRequests,
    registerAnswers,
    registerReplay,
    registerExport,
    registerShadow,
    registerUsage,
  ]) {
    register(policy, io);
  }
}
