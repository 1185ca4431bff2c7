// How notices travel.
import type { ChannelSettings } from '../../notifier/channels/channel.ts';
import { isLoopback } from '../../contract/loopback.ts';
import type { Source } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import type { Secrets } from './secrets.ts';

/** `a@example.com`, or `Team <a@example.com>`. */
const ADDRESS = /^(?:[^<>\r\n]*<)?[^\s<>@,;]+@[^\s<>@,;]+>?$/;

export function channel(
  name: string,
  written: ConfigFile['channels'][string],
  secrets: Secrets,
  source: Source,
): ChannelSettings {
  const path = ['channels', name];
  if (written.type === 'email') {
    for (const [i, to] of written.to.entries()) {
      if (!ADDRESS.test(to)) throw source.problem([...path, 'to', i], `expected an address, got ${to}`);
    }
    const smtp = new URL(written.smtp);
    const secure = smtp.protocol === 'smtps:';
    const host = smtp.hostname.replace(/^\[|\]$/g, '');
    return {
      type: 'email',
      name,
      smtp: { host, port: Number(smtp.port) || (secure ? 465 : 587), secure },
      user: written.user ?? null,
      password: written.password === undefined ? null : secrets.fetch(written.password, [...path, 'password']),
      from: written.from,
      greeting: written.greeting ?? null,
      to: written.to,
      allowPlaintext: written.allow_plaintext ?? isLoopback(host),
    };
  }
  const allowPrivate = written.allow_private ?? false;
  const format = written.format ?? 'standard';
  const url = secrets.text(written.url, [...path, 'url']);
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !(parsed.protocol === 'https:' || (parsed.protocol === 'http:' && allowPrivate))) {
    throw source.problem([...path, 'url'], 'expected an https:// URL (http:// only with allow_private: true)');
  }
  if (format === 'standard' && written.secret === undefined) {
    throw source.problem(path, 'secret is missing: expected a reference to the key that signs the messages');
  }
  const secret = written.secret === undefined ? null : secrets.fetch(written.secret, [...path, 'secret']);
  return { type: 'webhook', name, url, secret, format, allowPrivate };
}
