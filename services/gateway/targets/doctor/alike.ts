// Reader and writer as `serve` and `doctor` compare them: a session's statements must mean the same to both. Most differences
// are mended at each switch to write mode; of the others every `sudo` is refused.
import pg from 'pg';
import {
  differences,
  type Login,
  pathForWriter,
  schemasNamed,
  settingsOf,
} from '../../session/write-mode/deciding-settings.ts';
import { QUESTIONS } from '../../session/target/questions.ts';
import type { Finding } from './findings.ts';
import type { LoginName } from './target-logins.ts';

const NONE = 'nothing';

/** What decides meaning and is not the same to both logins. */
export async function unlike(clients: Record<LoginName, pg.Client>): Promise<Finding[]> {
  const { reader, writer } = clients;
  const [ofReader, ofWriter] = await Promise.all([settings(reader), settings(writer)]);
  const found: Finding[] = differences(ofReader, ofWriter, 'reset').map(
    ({ name, reader: one, writer: other, crosses }) => ({
      severity: crosses ? 'note' : 'wrong',
      who: 'writer',
      says: `${name} is ${one ?? NONE} for the reader and ${other ?? NONE} for the writer; ${crosses ? "in write mode it is the reader's" : 'sudo is refused as long as it is'}.`,
      fix: `ALTER ROLE ${pg.escapeIdentifier(login(writer))} ${one === null ? `RESET ${name}` : `SET ${name} = ${name === 'search_path' ? one : pg.escapeLiteral(one)}`};`,
    }),
  );
  const path = ofReader.get('search_path')?.reset ?? '';
  const names = schemasNamed(path, login(reader)) ?? [];
  const [one, other] = await Promise.all([schemas(reader, names, writer), schemas(writer, names, reader)]);
  const same = pathForWriter(path, one, other);
  if (same === path) return found;
  found.push({
    severity: same === null ? 'wrong' : 'note',
    who: 'writer',
    says: `The search_path ${path} leads the reader and the writer to different schemas; ${same === null ? 'sudo is refused as long as it does' : `in write mode it is ${same}`}.`,
    fix:
      same === null
        ? 'GRANT USAGE on its schemas to both.'
        : 'Name the schemas in search_path, and grant USAGE on them to both.',
  });
  return found;
}

const login = (client: pg.Client) => client.user ?? '';

async function settings(client: pg.Client) {
  const { rows } = await client.query<(string | null)[]>({ text: QUESTIONS.settings.text, rowMode: 'array' });
  return settingsOf(rows);
}

async function schemas(client: pg.Client, named: string[], other: pg.Client): Promise<Login> {
  const { text } = QUESTIONS.schemas([...named, login(client), login(other)]);
  const { rows } = await client.query<[string, boolean]>({ text, rowMode: 'array' });
  return { name: login(client), schemas: new Map(rows) };
}
