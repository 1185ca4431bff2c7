import { hostname } from 'node:os';
import { createTransport } from 'nodemailer';
import type { Message } from '../message.ts';
import { ownAddress } from '../notice.ts';
import { renderHtml } from '../render/html.ts';
import { renderText } from '../render/text.ts';
import { inline, shorten, visible } from '../render/visible.ts';
import { type Channel, type EmailSettings, failed, type Sent } from './channel.ts';
import { addressOf, PLAIN_ADDRESS } from './mailbox.ts';

/** Milliseconds. */
const CONNECT = 8_000;
const SILENCE = 10_000;

/** Mail over kept connections: making one anew costs more than a mail. Certificates are verified; `tls` names further authorities. */
export function makeEmail(settings: EmailSettings, tls: { ca?: string } = {}): Channel {
  const domain = /@([^@>\s]+)>?\s*$/.exec(settings.from)?.[1] ?? 'sudoql.invalid';
  const messageId = (id: string): string => `<${id}@${domain}>`;
  const transport = createTransport({
    pool: true,
    maxConnections: 2,
    maxMessages: Number.POSITIVE_INFINITY,
    // A kept connection may have gone just now. More is another attempt, which says what is true then.
    maxRequeues: 1,
    // Its own default, [127.0.0.1] on a host without a dotted name, is refused by strict relays.
    name: settings.greeting ?? (hostname().includes('.') ? hostname() : domain),
    host: settings.smtp.host,
    port: settings.smtp.port,
    secure: settings.smtp.secure,
    requireTLS: !settings.smtp.secure && !settings.allowPlaintext,
    connectionTimeout: CONNECT,
    greetingTimeout: CONNECT,
    socketTimeout: SILENCE,
    dnsTimeout: CONNECT,
    disableFileAccess: true,
    disableUrlAccess: true,
    tls,
    ...(settings.user === null ? {} : { auth: { user: settings.user, pass: settings.password ?? '' } }),
  });
  return {
    name: settings.name,
    audience: 'people',
    timeZone: settings.timeZone ?? null,
    async send(message, letter, signal): Promise<Sent> {
      // They share no message with anybody else.
      const own = ownAddress(message.told[0].event);
      const readers = own === null ? settings.to : [own];
      const asker = message.remaining === null ? askerOf(message, readers) : [];
      const to = [...(message.remaining ?? readers), ...asker];
      const thread = message.thread.map(messageId);
      try {
        const info = await transport.sendMail({
          signal,
          from: settings.from,
          to: [...readers, ...asker],
          envelope: { from: addressOf(settings.from), to: to.map(addressOf) },
          // Who, what and where are within the forty characters that a phone shows; programs filter by List-Id.
          subject: shorten(visible(letter.subject), 200),
          text: renderText(letter),
          html: renderHtml(letter),
          date: message.told[0].createdAt,
          messageId: messageId(message.outwardId),
          ...(thread[0] ? { inReplyTo: thread[0], references: thread } : {}),
          ...replyTo(message),
          ...(letter.tone === 'alarm' ? { priority: 'high' as const } : {}),
          headers: { 'List-Id': listId(settings.name, domain), ...headersOf(message) },
        });
        // What an asker's own mailbox does not take keeps the channel from nothing.
        const rejected = info.rejected.filter((each) => !asker.includes(String(each)));
        if (rejected.length === 0) return { ok: true };
        return failed(`Not accepted for ${rejected.join(', ')}.`, { remaining: rejected });
      } catch (error) {
        return failed(`${settings.smtp.host}: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    close: () => transport.close(),
  };
}

/** What people filter on; RFC 3834's header keeps holiday notes from answering. */
function headersOf(message: Message): Record<string, string> {
  // Of several the last, which says how it stands.
  const { event } = message.told.at(-1) ?? message.told[0];
  const about: Record<string, string> =
    'principal' in event
      ? {
          'X-Sudoql-Principal': event.principal,
          'X-Sudoql-Target': event.target,
          ...(event.environment ? { 'X-Sudoql-Environment': event.environment } : {}),
          ...('elevation' in event ? { 'X-Sudoql-Elevation': elevationsOf(message) } : {}),
        }
      : {};
  const all = { 'X-Sudoql-Event': event.event, 'X-Sudoql-Notice': message.id, ...about };
  return {
    'Auto-Submitted': 'auto-generated',
    ...Object.fromEntries(Object.entries(all).map(([name, value]) => [name, inline(value, 900)])),
  };
}

/** RFC 2919: a channel is a list. */
function listId(channel: string, domain: string): string {
  const label = channel.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `sudoql ${label} <${label}.sudoql.${domain}>`;
}

/** Of who asked, when they are answered: they hear of it themselves, wherever they are by now. Empty where it is not known, or told already. */
function askerOf(message: Message, to: readonly string[]): string[] {
  const { event } = message.told.at(-1) ?? message.told[0];
  if (event.event !== 'request.answered' || event.email === null || !PLAIN_ADDRESS.test(event.email)) return [];
  const known = to.map((each) => addressOf(each).toLowerCase());
  return known.includes(event.email.toLowerCase()) ? [] : [event.email];
}

/** The answer goes to who writes: that is who can say what it is about. */
function replyTo(message: Message): { replyTo?: string } {
  const emails = new Set(message.told.map(({ event }) => ('email' in event ? event.email : null)));
  const [email] = emails;
  return emails.size === 1 && email && PLAIN_ADDRESS.test(email) ? { replyTo: email } : {};
}

function elevationsOf(message: Message): string {
  return message.told.flatMap(({ event }) => ('elevation' in event ? [event.elevation] : [])).join(' ');
}
