// application_name: the target always shows who it is and which session, and the client's own name only behind that. A SET
// of it is sent in other words, which can only be done where it stands alone; every other way to it is refused.
import type { ClientError } from '../../../contract/errors.ts';
import type { SessionRef } from '../../../elevation/elevations.ts';
import type { Mechanics } from '../../../statements/analysis.ts';

/** PostgreSQL keeps 63 bytes of a name. */
const NAME_BYTES = 63;

/** `sudoql:<principal>:<session>`, so that pg_stat_activity names the person; the client's own name behind it. */
export function applicationName(principal: string, session: string, own: string): string {
  const prefix = applicationPrefix(principal, session);
  let name = own === '' ? prefix : `${prefix} `;
  let bytes = name.length;
  for (const character of own) {
    bytes += shownBytes(character);
    if (bytes > NAME_BYTES) break;
    name += character;
  }
  return name.trimEnd();
}

/** PostgreSQL shows each byte that is not printable ASCII as four (`\xc3`), and would cut the name in the middle of one. */
function shownBytes(character: string): number {
  return /^[\x20-\x7e]$/.test(character) ? 1 : 4 * Buffer.byteLength(character);
}

export function applicationPrefix(principal: string, session: string): string {
  return `sudoql:${principal.replace(/[^\x21-\x7e]/g, '?').slice(0, 24)}:${session}`;
}

/** The client's part of a name that the target shows; null for one that does not begin as this session's must. */
export function ownPart(of: SessionRef, shown: string): string | null {
  const prefix = applicationPrefix(of.principal.id, of.id);
  if (shown !== prefix && !shown.startsWith(`${prefix} `)) return null;
  return shown.slice(prefix.length).trimStart();
}

/** What is sent for a SET of application_name to a value; null for every other statement. */
export function renaming(of: SessionRef, { sets }: Mechanics): string | null {
  if (!setsName(sets)) return null;
  const name = applicationName(of.principal.id, of.id, ownPart(of, sets.value) ?? sets.value);
  const quoted = name.replaceAll('\\', '\\\\').replaceAll("'", "''");
  return `SET ${sets.local ? 'LOCAL ' : ''}application_name = E'${quoted}'`;
}

type NameSet = NonNullable<Mechanics['sets']> & { value: string };

function setsName(sets: Mechanics['sets']): sets is NameSet {
  return sets?.name === 'application_name' && typeof sets.value === 'string';
}

/** A longer text is sent as it is: a name set in it would be the target's word for who runs the rest. */
export function renamesWithin(statements: readonly { mechanics: Mechanics }[]): ClientError | null {
  if (statements.length < 2 || !statements.some(({ mechanics }) => setsName(mechanics.sets))) return null;
  return {
    code: 'refused_by_floor',
    message: 'application_name cannot be set inside a longer text',
    detail: 'The target shows who you are before that name, so the statement is sent in other words.',
    hint: 'Send SET application_name in a text of its own, or give the name when you connect.',
  };
}
