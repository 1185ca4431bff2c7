// Who a browser is: the session that its cookie names.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BrowserSessions, Visitor } from '../../../people/browser-sessions.ts';
import type { From } from '../../../people/sign-ins.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of pages: who asks; null when nobody is signed in. */
    visitor: Visitor | null;
  }
}

export interface Cookies {
  /** The session's secret. */
  session: Cookie;
  /** Of a sign-in under way: that it comes back to the browser that began it. */
  begun: Cookie;
}

export interface Cookie {
  read(request: FastifyRequest): string | null;
  set(reply: FastifyReply, value: string): void;
  clear(reply: FastifyReply): void;
}

/** `secure`: whether the console is reached by https; else only this host's own browser reaches it, by plain http. */
export function makeCookies(secure: boolean): Cookies {
  const options = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;
  // Only a page of exactly this host, by https, can set such a name: no neighbour under the same domain.
  const cookie = (name: string): Cookie => {
    const full = secure ? `__Host-${name}` : name;
    return {
      read: (request) => request.cookies[full] ?? null,
      set: (reply, value) => void reply.setCookie(full, value, options),
      clear: (reply) => void reply.clearCookie(full, options),
    };
  };
  return { session: cookie('sudoql'), begun: cookie('sudoql-begun') };
}

export async function visitorOf(
  request: FastifyRequest,
  sessions: BrowserSessions,
  { session }: Cookies,
): Promise<Visitor | null> {
  const secret = session.read(request);
  return secret === null ? null : sessions.visitor(secret);
}

/** For lists: from where, and which browser, in a few words. */
export function fromOf(request: FastifyRequest): From {
  return { address: request.ip, client: browserName(request.headers['user-agent'] ?? '') };
}

function browserName(agent: string): string {
  const name = [/Edg/, /OPR/, /Firefox/, /Chrom/, /Safari/].find((each) => each.test(agent));
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', Chrom: 'Chrome' };
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent)?.[0] ?? null;
  const browser = name ? (names[name.source] ?? name.source) : 'a browser';
  return system === null ? browser : `${browser} on ${system}`;
}
