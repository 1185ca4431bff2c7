// How notices travel.
import type { ChannelSettings, WebhookSettings } from '../../notifier/channels/channel.ts';
import { webhookKey } from '../../notifier/channels/webhook-key.ts';
import { isTimeZone } from '../../notifier/render/times.ts';
import { isLoopback } from '../../contract/loopback.ts';
import type { Path, Source } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import type { Secrets } from './secrets.ts';

/** Where those that are one service are reached. */
const USUAL_URL: Partial<Record<WebhookSettings['format'], string>> = {
  pagerduty: 'https://events.pagerduty.com/v2/enqueue',
  opsgenie: 'https://api.opsgenie.com/v2/alerts',
};

/** What `secret` is, where there is one; the others' URL is the secret. */
const SECRETS: Partial<Record<WebhookSettings['format'], string>> = {
  standard: 'the key that signs the messages',
  pagerduty: 'the integration’s routing key',
  opsgenie: 'the integration’s API key',
};

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
      ...(written.events ? { events: written.events } : {}),
    };
  }
  const allowPrivate = written.allow_private ?? false;
  const format = written.format ?? 'standard';
  const address = written.url ?? USUAL_URL[format];
  if (address === undefined)
    throw source.problem(path, 'url is missing: expected an https:// URL, or a reference to one');
  const url = secrets.text(address, [...path, 'url']);
  const parsed = URL.canParse(url) ? new URL(url) : null;
  // What is empty was noted.
  if (url !== '' && (!parsed || !(parsed.protocol === 'https:' || (parsed.protocol === 'http:' && allowPrivate)))) {
    throw source.problem([...path, 'url'], 'expected an https:// URL (http:// only with allow_private: true)');
  }
  const what = SECRETS[format];
  if (what !== undefined && written.secret === undefined)
    throw source.problem(path, `secret is missing: expected a reference to ${what}`);
  const secretAt = (key: 'secret' | 'previous_secret'): string | null => {
    const reference = written[key];
    if (reference === undefined) return null;
    if (what === undefined || (key === 'previous_secret' && format !== 'standard'))
      throw source.problem([...path, key], `format ${format} has no use for it`);
    const value = secrets.fetch(reference, [...path, key]);
    // What is empty was noted.
    if (value !== '' && format === 'standard') checkKey(value, [...path, key], source);
    return value;
  };
  const secret = secretAt('secret');
  const previousSecret = secretAt('previous_secret');
  const headers = headersOf(written.headers ?? {}, [...path, 'headers'], secrets, source);
  const proxy = proxyOf(written.proxy && secrets.text(written.proxy, [...path, 'proxy']), parsed, env);
  if (proxy !== null && !(/^https?:\/\//.test(proxy) && URL.canParse(proxy)))
    throw source.problem([...path, 'proxy'], 'expected http://host:port or none, here or in HTTPS_PROXY');
  return {
    type: 'webhook',
    name,
    url,
    secret,
    previousSecret,
    format,
    headers,
    allowPrivate,
    timeZone,
    proxy,
    ...(written.events ? { events: written.events } : {}),
  };
}

function checkKey(value: string, path: Path, source: Source): void {
  try {
    webhookKey(value);
  } catch (error) {
    throw source.problem(path, error instanceof Error ? error.message : String(error));
  }
}

/** Lower-case names. What the gateway says itself cannot be said by them. */
export function headersOf(
  written: Record<string, string>,
  path: Path,
  secrets: Secrets,
  source: Source,
): Record<string, string> {
  const headers = Object.entries(written).map(([name, value]) => {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
      throw source.problem([...path, name], 'expected the name of a header');
    if (OUR_HEADERS.test(name)) throw source.problem([...path, name], 'the gateway says this header itself');
    const text = secrets.text(value, [...path, name]);
    if (!/^[\t\x20-\x7e]*$/.test(text)) throw source.problem([...path, name], 'expected one line of ASCII');
    return [name.toLowerCase(), text] as const;
  });
  return Object.fromEntries(headers);
}

const OUR_HEADERS =
  /^(?:host|content-(?:type|length|encoding)|transfer-encoding|connection|upgrade|expect|te|trailer|keep-alive|proxy-.*|user-agent|webhook-.*)$/i;

/** As curl and its kin: what is configured, else HTTPS_PROXY, unless NO_PROXY names the host. */
export function proxyOf(
  written: string | undefined,
  url: URL | null,
  env: Record<string, string | undefined>,
): string | null {
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
