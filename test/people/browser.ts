// A browser without a window: cookies by host, redirects one by one, and what a browser says of its requests.
import assert from 'node:assert/strict';

export interface Answer {
  status: number;
  url: string;
  headers: Headers;
  text: string;
  location: string | null;
}

export class Browser {
  readonly gateway: string;
  readonly #cookies = new Map<string, Map<string, string>>();
  constructor(gateway: string) {
    this.gateway = gateway;
  }

  /** One request; a redirect is not followed. `form`: a POST by a page of the same origin. */
  async ask(
    url: string,
    options: { form?: Record<string, string>; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const at = new URL(url, this.gateway);
    const jar = this.#jar(at);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const posting = options.form !== undefined;
    const answer = await fetch(at, {
      method: posting ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        ...(cookie ? { cookie } : {}),
        ...(posting ? { 'sec-fetch-site': 'same-origin', origin: at.origin } : {}),
        ...options.headers,
      },
      ...(posting ? { body: new URLSearchParams(options.form) } : {}),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    const text = await answer.text();
    return {
      status: answer.status,
      url: at.href,
      headers: answer.headers,
      text,
      location: answer.headers.get('location'),
    };
  }

  /** Follows redirects until there is none, or one to where `until` says stop. */
  async follow(url: string, until: (url: URL) => boolean = () => false): Promise<Answer> {
    for (let answer = await this.ask(url), hops = 0; ; hops++) {
      if (answer.location === null) return answer;
      assert.ok(hops < 15, `redirected again and again: ${answer.location}`);
      const next = new URL(answer.location, answer.url);
      if (until(next)) return answer;
      answer = await this.ask(next.href);
    }
  }

  /** Goes to `path` and signs in as the provider's person on the way; resolves to the way back, not yet gone. */
  async atCallback(sub: string, path = '/sign-in'): Promise<URL> {
    const asked = await this.follow(path);
    assert.match(asked.url, /\/interaction\//, asked.text);
    const said = await this.ask(`${asked.url}?as=${sub}`, { form: {} });
    const back = await this.follow(
      new URL(said.location ?? '', said.url).href,
      ({ pathname }) => pathname === '/sign-in/callback',
    );
    return new URL(back.location ?? '', back.url);
  }

  /** Signs in; resolves to the page that one ends on. */
  async signIn(sub: string, path?: string): Promise<Answer> {
    return this.follow((await this.atCallback(sub, path)).href);
  }

  cookie(name: string): string | undefined {
    return this.#jar(new URL(this.gateway)).get(name);
  }

  setCookie(name: string, value: string): void {
    this.#jar(new URL(this.gateway)).set(name, value);
  }

  #jar({ host }: URL): Map<string, string> {
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    return jar;
  }
}
