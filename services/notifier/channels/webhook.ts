import { Webhook } from 'standardwebhooks';
import { type Channel, failed, type Sent, type WebhookSettings } from './channel.ts';
import { AddressRefused } from './guarded-connect.ts';
import { slackPayload, webhookPayload } from './payload.ts';
import { type PostOptions, post } from './post.ts';

const TIMEOUT = 10_000;
const MAX_ANSWER = 64 * 1_024;

/** Signs as Standard Webhooks says. 2xx is success; 410 Gone gives this message up at once; all else is tried again. */
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
    ...(more.resolve ? { resolve: more.resolve } : {}),
    ...(more.ca ? { ca: more.ca } : {}),
  };
  return {
    name: settings.name,
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
        return judge(await post(url, headers, body, options));
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        return failed(error instanceof AddressRefused ? problem : `No answer: ${problem}`);
      }
    },
    close: () => {},
  };
}

function judge({ status, retryAfter }: { status: number; retryAfter: string | null }): Sent {
  if (status >= 200 && status < 300) return { ok: true };
  if (status === 410) return failed('The receiver answered 410: it is gone for good.', { final: true });
  if (status >= 300 && status < 400) return failed(`The receiver answered ${status}; redirects are not followed.`);
  return failed(`The receiver answered ${status}.`, { retryAfterMs: retryAfterMs(retryAfter) });
}

/** Seconds or an HTTP date. */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** `whsec_…` is the convention's base64; any other text is the key itself. */
function makeSigner({ name, secret }: WebhookSettings): Webhook {
  if (secret === null || secret.length < 16) {
    throw new Error(`Channel ${name}: its secret must have at least 16 characters.`);
  }
  if (!secret.startsWith('whsec_')) return new Webhook(Buffer.from(secret, 'utf8'), { format: 'raw' });
  try {
    return new Webhook(secret);
  } catch {
    throw new Error(`Channel ${name}: after whsec_ its secret must be base64.`);
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
