// The little language of .wire cases: one message a line, for what no driver would send.
//
//   startup name="value" …          parameters of the startup packet (first line only)
//   query "text"                    parse "name" "text"        bind "portal" "statement" "value" …
//   parse-typed public.t "name" "text"   with $1 declared as that type, which is asked for first
//   describe S|P "name"             execute "portal"           close S|P "name"
//   sync   flush   copy-data "text"   copy-done   copy-fail
//   function-call schema.name "argument" …   a function by its object id, which is asked for first
//   bytes 51 00 00 …                whatever it may be, in hexadecimal
//   ready 2                         waits for two ReadyForQuery, or the end of the connection
//   cancel 00 01 …                  a CancelRequest with the session's number and that key, `own` for the real one
//
// A text is JSON, so that any character can be written; a lone surrogate becomes the bytes that it would have in UTF-8.
// `"x"*70000` repeats, `+` joins.
import type pg from 'pg';
import { PATIENCE_MS } from '../helpers/until.ts';
import {
  cancelRequest,
  COPY_DONE,
  copyData,
  copyFail,
  FLUSH,
  int16,
  int32,
  message,
  query,
  readDataRow,
  readFields,
} from '../../services/gateway/wire/frames.ts';
import { RawClient, type RawMessage } from '../helpers/raw-client.ts';
import { bindText } from '../wire/raw-client.ts';
import type { Played } from './play.ts';

/** The case's own text is wrong. */
export class ScriptError extends Error {}

/** Plays a .wire case on a connection of its own. Rejects when the server neither answers nor closes. */
export async function playWire(config: pg.ClientConfig, lines: readonly string[]): Promise<Played> {
  const played: Played = { errors: [], seen: '', bySudoql: false };
  const [first = '', ...others] = lines;
  const starts = first.startsWith('startup ');
  const startup: Record<string, string> = config.options === undefined ? {} : { options: config.options };
  for (const [, name = '', value = ''] of starts ? first.matchAll(ASSIGNMENT) : [])
    startup[name] = argumentsOf(value)[0] ?? '';
  const client = await RawClient.connect(config.port ?? 0, config.host);
  const conversation: Conversation = { client, played, processId: 0, secret: Buffer.alloc(0) };
  try {
    hear(conversation, await client.logIn(config.user ?? '', config.database ?? '', String(config.password), startup));
    await listen(conversation, 1);
    if (played.errors.length > 0) return played;
    for (const line of starts ? others : lines) {
      const [verb = '', rest = ''] = split(line);
      if (verb === 'ready') await listen(conversation, Number(rest || 1));
      else if (verb === 'parse-typed') client.send(await parseTyped(conversation, rest));
      else if (verb === 'function-call') client.send(await functionCall(conversation, rest));
      else if (verb === 'cancel') await cancel(conversation, config.port ?? 0, rest);
      else client.send(messageOf(verb, rest));
    }
  } finally {
    client.destroy();
  }
  return played;
}

interface Conversation {
  client: RawClient;
  played: Played;
  processId: number;
  secret: Buffer;
}

async function listen(conversation: Conversation, ready: number): Promise<void> {
  for (let left = ready; left > 0; ) {
    const next = await within(conversation.client.next().catch(() => null));
    if (!next) {
      conversation.played.errors.push('closed');
      return;
    }
    hear(conversation, next);
    if (next.type === 'Z') left--;
  }
}

function hear(conversation: Conversation, { type, body }: RawMessage): void {
  const { played } = conversation;
  if (type === 'E') {
    const fields = readFields(body);
    played.errors.push(`${fields.get('C')} ${fields.get('R')}: ${fields.get('M')}`);
    played.bySudoql ||= fields.get('F') === 'sudoql';
  }
  if (type === 'D' || type === 'd' || type === 'V') played.seen += body.toString('latin1');
  if (type === 'K') {
    conversation.processId = body.readInt32BE(0);
    conversation.secret = body.subarray(4);
  }
}

async function cancel({ processId, secret }: Conversation, port: number, key: string): Promise<void> {
  const other = await RawClient.connect(port);
  other.send(cancelRequest(processId, key === 'own' ? secret : hex(key)));
  await within(other.closed());
  other.destroy();
}

function messageOf(verb: string, rest: string): Buffer {
  const texts = (from: string) => argumentsOf(from).map(encode);
  const [kind = '', name = ''] = split(rest);
  switch (verb) {
    case 'query':
      return message('Q', one(texts(rest)), END);
    case 'parse': {
      const [statement, text] = texts(rest);
      return message('P', statement ?? END, END, text ?? END, END, int16(0));
    }
    case 'bind': {
      const [portal = '', statement = '', ...values] = argumentsOf(rest);
      return bindText(portal, statement, values);
    }
    case 'describe':
      return message('D', Buffer.from(kind), one(texts(name)), END);
    case 'close':
      return message('C', Buffer.from(kind), one(texts(name)), END);
    case 'execute':
      return message('E', one(texts(rest)), END, int32(0));
    case 'sync':
      return message('S');
    case 'flush':
      return FLUSH;
    case 'copy-data':
      return copyData(one(texts(rest)));
    case 'copy-done':
      return COPY_DONE;
    case 'copy-fail':
      return copyFail('no more');
    case 'bytes':
      return hex(rest);
    default:
      throw new ScriptError(`No such message: ${verb}`);
  }
}

/** As an attacker would find the function: by a query. */
async function functionCall(conversation: Conversation, rest: string): Promise<Buffer> {
  const [name, given] = split(rest);
  const values = argumentsOf(given).map(encode);
  const sent = values.flatMap((value) => [int32(value.length), value]);
  const oid = await numberOf(conversation, `SELECT '${name}'::regproc::oid`);
  return message('F', int32(oid), int16(0), int16(values.length), ...sent, int16(0));
}

async function parseTyped(conversation: Conversation, rest: string): Promise<Buffer> {
  const [type, given] = split(rest);
  const [statement = END, text = END] = argumentsOf(given).map(encode);
  const oid = await numberOf(conversation, `SELECT '${type}'::regtype::oid`);
  return message('P', statement, END, text, END, int16(1), int32(oid));
}

async function numberOf({ client }: Conversation, text: string): Promise<number> {
  client.send(query(text));
  const row = (await within(client.until('Z'))).find(({ type }) => type === 'D');
  return row ? Number(readDataRow(row.body)[0]) : 0;
}

const END = Buffer.from([0]);
const one = ([first]: Buffer[]): Buffer => first ?? Buffer.alloc(0);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function split(line: string): [string, string] {
  const space = line.indexOf(' ');
  return space === -1 ? [line, ''] : [line.slice(0, space), line.slice(space + 1).trim()];
}

const ASSIGNMENT = /(\w+)=("(?:[^"\\]|\\.)*")/g;
const TOKEN = /\s*(?:(\+)|("(?:[^"\\]|\\.)*")(?:\*(\d+))?)/y;

function argumentsOf(text: string): string[] {
  const found: string[] = [];
  let join = false;
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.trimEnd().length; ) {
    const [, plus, quoted, times] = TOKEN.exec(text) ?? [];
    if (plus === undefined && quoted === undefined) throw new ScriptError(`Not a text: ${text}`);
    if (quoted !== undefined) {
      const value = String(JSON.parse(quoted)).repeat(Number(times ?? 1));
      if (join) found.push(`${found.pop() ?? ''}${value}`);
      else found.push(value);
    }
    join = plus !== undefined;
  }
  return found;
}

/** UTF-8, in which a surrogate is written as if it were a character. */
function encode(text: string): Buffer {
  return Buffer.concat(
    [...text].map((each) => {
      const code = each.charCodeAt(0);
      if (each.length > 1 || code < 0xd800 || code > 0xdfff) return Buffer.from(each);
      return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
    }),
  );
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${PATIENCE_MS} ms.`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
