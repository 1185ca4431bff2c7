import { Webhook } from 'standardwebhooks';
import { type Channel, failed, type Sent, type WebhookSettings } from './channel.ts';
import { AddressRefused } from './guarded-connect.ts';
import { slackPayload, webhookPayload } from './payload.ts';
import { type Answer, type PostOptions, post } from './post.ts';
import { webhookKey } from './webhook-key.ts';

const TIMEOUT = 10_000;
const MAX_ANSWER = 64 * 1_024;

/** Signs as Standard Webhooks says. 2xx is success, where the format does not say otherwise; 410 Gone gives this message up at once; all else is tried again. */
export function makeWebhook(
  settings: WebhookSettings,
  more: Pick<PostOptions, 'resolve' | 'ca'> & { timeoutMs?: number } = {},
): Channel {
  const url = new URL(settings.url);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && settings.allowPrivate)) {
    throw new Error(`Channel ${settings.name}: expected an https:// URL (http:// only with allow_private: true).`);
  }
  const authorization = url.username || url.password ? basic(settings.name, url) : null;
  const signer = settings.format === 'standard' ? makeSigner(settings) : null;
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
    audience: settings.format === 'standard' ? 'programs' : 'people',
    timeZone: settings.timeZone ?? null,
    async send(message, letter): Promise<Sent> {
      const body = signer ? webhookPayload(message, letter) : slackPayload(letter);
      const at = new Date();
      const headers: Record<string, string> = {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'sudoql',
        'webhook-id': message.id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        ...(signer ? { 'webhook-signature': signer.sign(message.id, at, body) } : {}),
        ...(authorization ? { authorization } : {}),
      };
      try {
        return judge(await post(url, headers, body, options), settings.format);
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        return failed(error instanceof AddressRefused ? problem : `No answer: ${problem}`);
      }
    },
    close: () => {},
  };
}

function judge({ status, retryAfter, body }: Answer, format: WebhookSettings['format']): Sent {
  if (status >= 200 && status < 300) {
    const problem = format === 'slack' ? slackProblem(status, body) : null;
    return problem === null ? { ok: true } : failed(problem);
  }
  if (status === 410) return failed('The receiver answered 410: it is gone for good.', { final: true });
  if (status >= 300 && status < 400) return failed(`The receiver answered ${status}; redirects are not followed.`);
  return failed(`The receiver answered ${status}.`, { retryAfterMs: retryAfterMs(retryAfter) });
}

/**
 * Slack and those that take its format say 200 and `ok` of what was posted; some say 200 of an error, by its name or as JSON.
 * Accepted (202) is not posted. A body that nobody knows counts as posted: it would be posted again at each attempt.
 */
function slackProblem(status: number, body: string): string | null {
  if (status === 202) return 'The receiver answered 202: taken in, and not posted.';
  const text = body.trim();
  if (/^[a-z]+(?:_[a-z]+)+$/.test(text)) return `The receiver answered ${status} with the error ${text}.`;
  const said = jsonOf(text);
  if (said === null || (said.ok !== false && said.success !== false)) return null;
  const why = said.error ?? said.message;
  return `The receiver answered ${status} with an error${typeof why === 'string' ? `: ${why.slice(0, 200)}` : '.'}`;
}

function jsonOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Seconds or an HTTP date. */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

function makeSigner({ name, secret }: WebhookSettings): Webhook {
  try {
    return new Webhook(webhookKey(secret ?? ''), { format: 'raw' });
  } catch (error) {
    throw new Error(`Channel ${name}: ${error instanceof Error ? error.message : String(error)} as its secret.`);
  }
}

function basic(channel: string, url: URL): string {
  try {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  } catch {
    throw new Error(`Channel ${channel}: the credentials in its URL are not percent-encoded UTF-8.`);
  }
}
