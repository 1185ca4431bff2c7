import { type Channel, failed, type Sent, type WebhookSettings } from './channel.ts';
import type { Format, Outgoing } from './formats/format.ts';
import { makeFormat } from './formats/formats.ts';
import { AddressRefused } from './guarded-connect.ts';
import { type Answer, type PostOptions, post, retryAfterMs } from './post.ts';

const TIMEOUT = 10_000;
const MAX_ANSWER = 64 * 1_024;

/** 2xx is success, where the format does not say otherwise; 410 Gone gives this message up at once; all else is tried again. */
export function makeWebhook(
  settings: WebhookSettings,
  more: Pick<PostOptions, 'resolve' | 'ca'> & { timeoutMs?: number } = {},
): Channel {
  const url = new URL(settings.url);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && settings.allowPrivate)) {
    throw new Error(`Channel ${settings.name}: expected an https:// URL (http:// only with allow_private: true).`);
  }
  const authorization = url.username || url.password ? basic(settings.name, url) : null;
  const format = makeFormat(settings);
  const options: PostOptions = {
    allowPrivate: settings.allowPrivate,
    timeoutMs: more.timeoutMs ?? TIMEOUT,
    maxBytes: MAX_ANSWER,
    proxy: settings.proxy && url.protocol === 'https:' ? new URL(settings.proxy) : null,
    ...(more.resolve ? { resolve: more.resolve } : {}),
    ...(more.ca ? { ca: more.ca } : {}),
  };
  return {
    name: settings.name,
    audience: format.audience,
    timeZone: settings.timeZone ?? null,
    async send(message, letter): Promise<Sent> {
      const at = new Date();
      for (const outgoing of format.outgoing(message, letter, at)) {
        const sent = await sendOne(outgoing, message.id, at);
        if (!sent.ok) return sent;
      }
      return { ok: true };
    },
    close: () => {},
  };

  async function sendOne(outgoing: Outgoing, id: string, at: Date): Promise<Sent> {
    const headers: Record<string, string> = {
      ...settings.headers,
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'sudoql',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      ...(authorization ? { authorization } : {}),
      ...outgoing.headers,
    };
    try {
      return judge(await post(below(url, outgoing.path), headers, outgoing.body, options), format);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return failed(error instanceof AddressRefused ? problem : `No answer: ${problem}`);
    }
  }
}

/** A path that begins with a slash, and a query of its own, behind the URL's path. */
function below(url: URL, path: string | null): URL {
  if (path === null) return url;
  const [under = '', query = ''] = path.split('?');
  const longer = new URL(url);
  longer.pathname = `${url.pathname.replace(/\/$/, '')}${under}`;
  for (const [name, value] of new URLSearchParams(query)) longer.searchParams.set(name, value);
  return longer;
}

function judge({ status, retryAfter, body }: Answer, format: Format): Sent {
  if (status >= 200 && status < 300) {
    const problem = format.problemOf(status, body);
    return problem === null ? { ok: true } : failed(problem);
  }
  if (status === 410) return failed('The receiver answered 410: it is gone for good.', { final: true });
  if (status >= 300 && status < 400) return failed(`The receiver answered ${status}; redirects are not followed.`);
  return failed(`The receiver answered ${status}.`, { retryAfterMs: retryAfterMs(retryAfter) });
}

function basic(channel: string, url: URL): string {
  try {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  } catch {
    throw new Error(`Channel ${channel}: the credentials in its URL are not percent-encoded UTF-8.`);
  }
}
