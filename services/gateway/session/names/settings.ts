// Settings at both ends of a session: what the gateway's startup packet says to the target, and what crosses a mode switch.
import type pg from 'pg';
import type { ClientError } from '../../../contract/errors.ts';
import { nearest } from '../../../contract/nearest.ts';
import { isOff, isOn } from '../../../statements/options.ts';
import { isUtf8, judgeSetting } from '../../../statements/settings.ts';
import { BLANKS, fold } from '../../../statements/sql-characters.ts';
import type { Backend } from '../target/backend.ts';
import { type Settings, settingsOf } from '../write-mode/deciding-settings.ts';
import type { SessionLimits } from '../deps.ts';
import { QUESTIONS } from '../target/questions.ts';

export interface ClientSettings {
  applicationName: string;
  /** As SET would take them; what RESET returns to. */
  settings: Map<string, string>;
  /** `sudoql.*` of the client's packet, without the prefix. */
  own: Map<string, string>;
  /** It asked to read only, also where an elevation at connect would let it write. */
  readOnly: boolean;
}

/** UTF-8 by whatever name, and the encoding of which only the ASCII part travels. */
const speaksUtf8 = (name: string) => isUtf8(name) || /^["']?sql_?ascii["']?$/i.test(name);

/** The client's startup parameters, `options` included; an error for what the gateway does not take. */
export function clientSettings(
  parameters: ReadonlyMap<string, string>,
  ownSettings: readonly string[] = [],
): ClientSettings | ClientError {
  const found: ClientSettings = { applicationName: '', settings: new Map(), own: new Map(), readOnly: false };
  // As PostgreSQL takes them: a setting that has a parameter of its own is what that says, wherever `options` stands.
  const given = parseOptions(parameters.get('options') ?? '');
  if (!given) return badOption('the startup option "options" holds something else than settings');
  for (const [name, value] of parameters) if (name !== 'options') given.push([fold(name), value]);
  for (const [name, value] of given) {
    if (name.startsWith(OWN_PREFIX)) {
      const own = name.slice(OWN_PREFIX.length);
      if (!OWN.includes(own)) return unknownOwn(name);
      if (own === 'break_glass' && !isOn(value) && !isOff(value))
        return badOption(`"${name}" is on or off, not ${JSON.stringify(value.slice(0, 40))}`);
      found.own.set(own, value);
    } else if (name === 'application_name') found.applicationName = value;
    else if (name === 'replication') {
      if (!/^(false|off|no|0)$/i.test(value)) {
        return { code: 'not_supported', message: 'replication connections do not go through sudoql' };
      }
    } else if (name === 'client_encoding') {
      if (!speaksUtf8(value)) {
        return {
          code: 'not_supported',
          message: `sudoql speaks UTF8, not ${value}`,
          hint: 'Set client_encoding to UTF8: in a shell PGCLIENTENCODING=UTF8 (on Windows: set PGCLIENTENCODING=UTF8), in a program client_encoding=UTF8 where it connects.',
        };
      }
    } else if (name === 'default_transaction_read_only') {
      if (!isOn(value)) return badOption('a session starts in read mode', 'Leave it out.');
      found.readOnly = true;
    } else {
      if (!judgeSetting(name, value, 'read', ownSettings).allowed)
        return badOption(`the setting "${name}" is not taken at startup`, NOT_AT_STARTUP);
      found.settings.set(name, value);
    }
  }
  const [without] = found.own.keys();
  return without === undefined || found.own.has('reason') ? found : withoutReason(OWN_PREFIX + without);
}

/** What a client may ask for when it connects. */
const OWN_PREFIX = 'sudoql.';
const OWN = ['reason', 'duration', 'break_glass'];

/** Passed over in silence, a mistyped reason would leave a migration in read mode, and its author puzzled. */
function unknownOwn(name: string): ClientError {
  const meant = nearest(name.slice(OWN_PREFIX.length), OWN);
  const known = OWN.map((own) => `${OWN_PREFIX}${own}`);
  return badOption(
    `the startup packet asks for "${name}", which sudoql does not know`,
    meant === undefined
      ? `It takes ${known.join(', ')}: a session is in write mode from its start where it says why (options='-c ${OWN_PREFIX}reason=why').`
      : `Did you mean ${OWN_PREFIX}${meant}?`,
  );
}

/** As silent would be a session in read mode that was meant to write. */
function withoutReason(name: string): ClientError {
  return badOption(
    `the startup packet asks for "${name}" and does not say why`,
    `A session is in write mode from its start where it says why: options='-c ${OWN_PREFIX}reason=why -c ${name}=…'.`,
  );
}

const NOT_AT_STARTUP =
  'Leave it out of the connection string. In write mode it can be SET, where it is not one of those that belong to sudoql.';

function badOption(message: string, hint = 'Leave it out of the connection string.'): ClientError {
  return { code: 'not_authorized', message, hint };
}

const WORD = new RegExp(`(?:\\\\.|[^${BLANKS}\\\\])+`, 'gs');
const SPECIAL = new RegExp(`[\\\\${BLANKS}]`, 'g');

/** `-c name=value`, `-cname=value`, `--name=value`; a backslash takes the next character as it is. Null for anything else. */
function parseOptions(text: string): [string, string][] | null {
  const words = text.match(WORD)?.map((word) => word.replace(/\\(.)/gs, '$1')) ?? [];
  const found: [string, string][] = [];
  for (let n = 0; n < words.length; n++) {
    const word = words[n] ?? '';
    const assignment = word === '-c' ? words[++n] : /^(?:-c|--)(.+)$/s.exec(word)?.[1];
    const equals = assignment?.indexOf('=') ?? -1;
    if (assignment === undefined || equals < 1) return null;
    found.push([fold(assignment.slice(0, equals)).replaceAll('-', '_'), assignment.slice(equals + 1)]);
  }
  return found;
}

/** How much later than the gateway's clock the target's own rings. */
const AFTER_MS = 1_000;
const after = (ms: number): string => String(ms > 0 ? ms + AFTER_MS : 0);

/** The startup packet to the target, as pg takes it. What the gateway sets here is what RESET returns to. */
export function startupConfig(
  base: pg.ClientConfig,
  role: 'reader' | 'writer',
  name: string,
  settings: ReadonlyMap<string, string>,
  limits: SessionLimits,
): pg.ClientConfig {
  const all: Record<string, string> = {
    // The gateway's own clocks come first, and say whose limit it was; these are for when the gateway is gone.
    statement_timeout: after(limits.statementTimeout),
    idle_session_timeout: '0',
    idle_in_transaction_session_timeout: after(limits.idleInTransactionTimeout),
    ...Object.fromEntries(settings),
    client_encoding: 'UTF8',
    standard_conforming_strings: 'on',
    client_connection_check_interval: '500ms',
    ...(role === 'reader' ? { default_transaction_read_only: 'on' } : { tcp_user_timeout: '5s' }),
  };
  const options = Object.entries(all).map(([key, value]) => `-c ${key}=${value.replace(SPECIAL, '\\$&')}`);
  return { ...base, application_name: name, options: options.join(' ') };
}

/** Belongs to the transaction, to the backend's role, or to the mode: read-only, set in read, is not what write mode is for. */
const STAYS =
  /^(transaction_|default_transaction_read_only$|application_name$|session_authorization$|role$|is_superuser$)/;

/** Of `from`'s settings those that its session changed, and that may come along; `own`: prefixes that reads may set. */
export function changedIn(from: Settings, own: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, { now, source }] of from) {
    if (source !== 'session' || now === null || STAYS.test(name)) continue;
    // Functions can set what a statement may not: only what a read session may set itself comes along.
    if (judgeSetting(name, now, 'read', own).allowed) found.set(name, now);
  }
  return found;
}

/** `own`: names of the client's own settings that it has set, which the server lists nowhere. Null when it cannot be asked (a failed transaction, a lost backend). */
export async function askSettings(of: Backend, own: ReadonlySet<string>): Promise<Settings | null> {
  const { rows, error } = await of.ask(QUESTIONS.settings);
  if (error) return null;
  const found = settingsOf(rows);
  if (own.size > 0) {
    const { rows: values, error: none } = await of.ask(QUESTIONS.ownSettings([...own]));
    if (none) return null;
    // Once it was set it can only be emptied, so what is empty was reset.
    for (const [name, now] of values)
      if (name && now)
        found.set(name, { now, reset: found.get(name)?.reset ?? null, source: 'session', settable: true });
  }
  return found;
}

/** Makes what `to`'s session changed what is `wanted`. What one of them refuses, it keeps. */
export async function applySettings(
  to: Backend,
  has: Settings,
  wanted: Map<string, string>,
  own: readonly string[],
): Promise<void> {
  const now = changedIn(has, own);
  const resets = [...now.keys()].filter((name) => !wanted.has(name));
  const sets = [...wanted].filter(([name, value]) => now.get(name) !== value);
  for (const name of resets) await to.ask(QUESTIONS.reset(name));
  if (sets.length === 0) return;
  const { error } = await to.ask(QUESTIONS.set(sets));
  if (error) for (const each of sets) await to.ask(QUESTIONS.set([each]));
}
