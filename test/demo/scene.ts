// What the tour's steps have in common: who is there, and where they look for what came of it.
import pg from 'pg';
import type { CaughtMail } from './mailbox.ts';
import { type Narrator, TourFailed } from './narrator.ts';
import type { Stage } from './stage.ts';

export interface Scene {
  stage: Stage;
  /** When the tour began: an earlier one's entries prove nothing. */
  since: Date;
  ana: pg.Client;
  tell: Narrator;
}

export async function refusal(act: Promise<unknown>): Promise<pg.DatabaseError> {
  try {
    await act;
  } catch (error) {
    if (error instanceof pg.DatabaseError) return error;
    throw error;
  }
  throw new TourFailed('It was not refused.');
}

export async function onTarget(stage: Stage, sql: string, name = 'shop'): Promise<Record<string, unknown>[]> {
  return (await stage.server.sql(sql, name)).rows;
}

/** Those of this tour, newest first, parsed. */
export async function entries(
  { stage, since }: Pick<Scene, 'stage' | 'since'>,
  kind: string,
): Promise<Record<string, unknown>[]> {
  const { rows } = await stage.server.sql(
    `SELECT body FROM entry WHERE kind = $1 AND at >= $2 ORDER BY at DESC, seq DESC LIMIT 5`,
    'sudoql_ledger',
    [kind, since],
  );
  return rows.map((row) => JSON.parse(row.body) as Record<string, unknown>);
}

export async function mails(stage: Stage): Promise<CaughtMail[]> {
  return (await (await fetch(stage.mailbox.url)).json()) as CaughtMail[];
}
