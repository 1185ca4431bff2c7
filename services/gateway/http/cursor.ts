// Where a page of elevations ended, as a link or an answer carries it.
import type { Place } from '../../ledger/read/elevation-records.ts';
import { HttpProblem } from './problems.ts';

export const CURSOR = { maxLength: 200, pattern: '^[A-Za-z0-9_-]+$' };

export const cursorOf = ({ at, chain, seq }: Place): string => encoded([at.toISOString(), chain, seq]);

/** Throws HttpProblem for what no page ended with. */
export function placeOf(cursor: string): Place {
  const [at, chain, seq] = decoded(cursor);
  return { at: new Date(at), chain, seq: Number(seq) };
}

const encoded = (parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

/** As a page of the record has it: times to the microsecond. */
export const entryCursorOf = ({ at, chain, seq }: { at: string; chain: string; seq: string }): string =>
  encoded([at, chain, seq]);

export function entryPlaceOf(cursor: string): { at: string; chain: string; seq: string } {
  const [at, chain, seq] = decoded(cursor);
  return { at, chain, seq };
}

function decoded(cursor: string): [at: string, chain: string, seq: string] {
  try {
    const said: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const [at, chain, seq] = (said as unknown[]).map(String);
    if (!at || Number.isNaN(Date.parse(at)) || !/^[0-9a-f-]{36}$/.test(chain ?? '') || !/^\d{1,15}$/.test(seq ?? ''))
      throw new Error('It is no place.');
    return [at, chain ?? '', seq ?? ''];
  } catch {
    throw new HttpProblem('invalid_request', 'after: expected the next of an earlier page');
  }
}
