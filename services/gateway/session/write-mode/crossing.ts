// Over the switch to write mode the same words mean the same: the writer gets what decides meaning on the reader, what RESET
// returns to included, whatever its own login says. Where it cannot, the session is not switched.
import type { ClientError } from '../../../contract/errors.ts';
import type { Backend } from '../target/backend.ts';
import {
  type Difference,
  differences,
  type Login,
  pathForWriter,
  type Settings,
  schemasNamed,
} from './deciding-settings.ts';
import { QUESTIONS } from '../target/questions.ts';
import { applySettings, askSettings, changedIn } from '../names/settings.ts';

/** Opens the writer, with more settings in its startup packet than the client's. */
export type OpenWriter = (more: ReadonlyMap<string, string>) => Promise<Backend>;

/** Of the client's own, that no library declares: the prefixes that reads may set, and the names that the session has set. */
export interface OwnSettings {
  readonly prefixes: readonly string[];
  readonly set: ReadonlySet<string>;
}

const MOST_OWN = 200;

function tooMany(): ClientError {
  return {
    code: 'sudo_failed',
    message: `the session stays in read mode: it has set more than ${MOST_OWN} settings of its own, too many to take along`,
    hint: 'Connect again, and set fewer.',
  };
}

export interface Alike {
  writer: Backend;
  /** What the writer's search_path was worded as, by which it is told at the end from one that was set in write mode. */
  path: { reader: string; writer: string };
  /** The reader would leave when nothing is asked of it for a time, which in write mode is no idleness of its client's. */
  readerIdles: boolean;
}

/** A writer to which a statement means what it does to `reader`; or why there is none. Throws when either cannot be opened or asked. */
export async function openAlike(reader: Backend, open: OpenWriter, own: OwnSettings): Promise<Alike | ClientError> {
  if (own.set.size > MOST_OWN) return tooMany();
  // While the writer is opened, the reader has time to answer.
  const ask = (of: Backend) => askFor(of, own.set);
  const asked = ask(reader);
  // Whatever becomes of the writer: what the client sends next must not find the reader in the middle of this answer.
  const answered = asked.then(
    () => {},
    () => {},
  );
  let writer = await open(new Map()).catch(async (thrown: unknown) => {
    await answered;
    throw thrown;
  });
  let alike: Alike | null = null;
  try {
    const [ofReader, first] = await Promise.all([asked, ask(writer)]);
    const wanted = await forWriter(ofReader, reader, writer);
    if (wanted === null) return lookedUpElsewhere(ofReader);
    let has = first;
    const lasting = differences(wanted, has, 'reset');
    const never = lasting.filter(({ crosses }) => !crosses);
    if (never.length > 0) return otherwise(never);
    if (lasting.length > 0) {
      writer.close();
      writer = await open(new Map(lasting.map(({ name, reader: value }) => [name, value ?? ''])));
      has = await ask(writer);
    }
    const changed = changedIn(wanted, own.prefixes);
    if (changed.size > 0) {
      await applySettings(writer, has, changed, own.prefixes);
      has = await ask(writer);
    }
    const left = [...differences(wanted, has, 'reset'), ...differences(wanted, has, 'now')];
    if (left.length > 0) return otherwise(left);
    const path = (settings: Settings) => settings.get('search_path')?.now ?? '';
    const readerIdles = (ofReader.get('idle_session_timeout')?.now ?? '0') !== '0';
    alike = { writer, path: { reader: path(ofReader), writer: path(wanted) }, readerIdles };
    return alike;
  } finally {
    await answered;
    if (!alike) writer.close();
  }
}

async function askFor(of: Backend, own: ReadonlySet<string>): Promise<Settings> {
  const settings = await askSettings(of, own);
  if (!settings) throw new Error(`the settings of the ${of.role} cannot be asked for`);
  return settings;
}

/** The reader's settings, with paths in words that mean the same to the writer; null where there are none. */
async function forWriter(of: Settings, reader: Backend, writer: Backend): Promise<Settings | null> {
  const path = of.get('search_path');
  if (!path) return of;
  const named = [path.now, path.reset].map((each) => schemasNamed(each, reader.login));
  const names = [...new Set([...named.flatMap((each) => each ?? []), reader.login, writer.login])];
  const login = async (of: Backend): Promise<Login> => {
    const { rows, error } = await of.ask(QUESTIONS.schemas(names));
    if (error) throw new Error(`the schemas of the ${of.role} cannot be asked for: ${error.message}`);
    return { name: of.login, schemas: new Map(rows.map(([name, open]) => [name ?? '', open === 't'])) };
  };
  const [one, other] = await Promise.all([login(reader), login(writer)]);
  const [now, reset] = [path.now, path.reset].map((each) => each && pathForWriter(each, one, other));
  if (now === null || now === undefined || reset === null || reset === undefined) return null;
  return new Map(of).set('search_path', { ...path, now, reset });
}

const SHOWN = 100;
const shown = (value: string | null) =>
  value === null ? 'not set' : value.length > SHOWN ? `"${value.slice(0, SHOWN)}…"` : `"${value}"`;

const HINT =
  'sudoqld doctor names each setting in which the two logins of the target differ, and what makes them alike.';

function otherwise(all: readonly Difference[]): ClientError {
  const [first] = all;
  const words = ({ name, reader, writer }: Difference) =>
    `${name} is ${shown(reader)} in read mode and would be ${shown(writer)} in write mode`;
  return {
    code: 'sudo_failed',
    message: `the session stays in read mode, for statements would mean something else: ${first ? words(first) : ''}`,
    detail: `${all.map(words).join('; ')}.`,
    hint: HINT,
  };
}

function lookedUpElsewhere(of: Settings): ClientError {
  const path = shown(of.get('search_path')?.now ?? null);
  return {
    code: 'sudo_failed',
    message: `the session stays in read mode, for names would mean something else: of the search_path ${path} the writer may not look into all that the reader does`,
    hint: `SET search_path to schemas that both logins may use. ${HINT}`,
  };
}
