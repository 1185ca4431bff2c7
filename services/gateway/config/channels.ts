// How notices travel.
import type { ChannelSettings } from '../../notifier/channels/channel.ts';
import { webhookKey } from '../../notifier/channels/webhook-key.ts';
import { isTimeZone } from '../../notifier/render/times.ts';
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
  env: Record<string, string | undefined>,
): ChannelSettings {
  const path = ['channels', name];
  const timeZone = written.time_zone ?? null;
  if (timeZone !== null && !isTimeZone(timeZone))
    throw source.problem([...path, 'time_zone'], `expected a time zone such as Europe/Berlin, got ${timeZone}`);
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
      timeZone,
    };
  }
  const allowPrivate = written.allow_private ?? false;
  const format = written.format ?? 'standard';
  const url = secrets.text(written.url, [...path, 'url']);
  const parsed = URL.canParse(url) ? new URL(url) : null;
  // What is empty was noted.
  if (url !== '' && (!parsed || !(parsed.protocol === 'https:' || (parsed.protocol === 'http:' && allowPrivate)))) {
    throw source.problem([...path, 'url'], 'expected an https:// URL (http:// only with allow_private: true)');
  }
  if (format === 'standard' && written.secret === undefined) {
    throw source.problem(path, 'secret is missing: expected a reference to the key that signs the messages');
  }
  const secret = written.secret === undefined ? null : secrets.fetch(written.secret, [...path, 'secret']);
  if (secret && format === 'standard') {
    try {
      webhookKey(secret);
    } catch (error) {
      throw source.problem([...path, 'secret'], error instanceof Error ? error.message : String(error));
    }
  }
  const proxy = proxyOf(written.proxy && secrets.text(written.proxy, [...path, 'proxy']), parsed, env);
  if (proxy !== null && !(/^https?:\/\//.test(proxy) && URL.canParse(proxy)))
    throw source.problem([...path, 'proxy'], 'expected http://host:port or none, here or in HTTPS_PROXY');
  return { type: 'webhook', name, url, secret, format, allowPrivate, timeZone, proxy };
}

/** As curl and its kin: what is configured, else HTTPS_PROXY, unless NO_PROXY names the host. */
function proxyOf(written: string | undefined, url: URL | null, env: Record<string, string | undefined>): string | null {
  if (written !== undefined) return written === 'none' ? null : written;
  if (url?.protocol !== 'https:') return null;
  const proxy = env.https_proxy ?? env.HTTPS_PROXY;
  if (!proxy || isExempt(url.hostname, env.no_proxy ?? env.NO_PROXY ?? '')) return null;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isExempt(host: string, list: string): boolean {
  const names = list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((name) => name !== '');
  return names.some((name) => {
    const domain = name.replace(/^\*?\./, '');
    return name === '*' || host === domain || host.endsWith(`.${domain}`);
  });
}
