// Where the gateway sends what it asks and tells by HTTP, and by which way.
import { proxyOf } from './channels.ts';
import type { Source } from './problem.ts';
import type { Secrets } from './secrets.ts';

export interface Receiver {
  url: string;
  allowPrivate: boolean;
  proxy: string | null;
}

/** Throws where the URL, or the proxy, is none that can be used. */
export function receiver(
  path: string[],
  written: { url: string; allow_private?: boolean | undefined; proxy?: string | undefined },
  secrets: Secrets,
  source: Source,
  env: Record<string, string | undefined>,
): Receiver {
  const allowPrivate = written.allow_private ?? false;
  const url = secrets.text(written.url, [...path, 'url']);
  const parsed = URL.canParse(url) ? new URL(url) : null;
  // What is empty was noted.
  if (url !== '' && (!parsed || !(parsed.protocol === 'https:' || (parsed.protocol === 'http:' && allowPrivate)))) {
    throw source.problem([...path, 'url'], 'expected an https:// URL (http:// only with allow_private: true)');
  }
  const proxy = proxyOf(written.proxy && secrets.text(written.proxy, [...path, 'proxy']), parsed, env);
  if (proxy !== null && !(/^https?:\/\//.test(proxy) && URL.canParse(proxy)))
    throw source.problem([...path, 'proxy'], 'expected http://host:port or none, here or in HTTPS_PROXY');
  return { url, allowPrivate, proxy };
}
