// An SMTP server that keeps what it is sent, and shows it: as JSON for programs, as a page for people.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A caught mail, as `GET /` lists it. */
export interface CaughtMail {
  /** 1 for the first. */
  number: number;
  receivedAt: string;
  /** The envelope's. */
  from: string;
  to: string[];
  subject: string;
  messageId: string | null;
  inReplyTo: string | null;
  references: string[];
  /** Names in lower case. */
  headers: Record<string, string>;
  text: string;
  html: string | null;
  /** As it came over the wire. */
  source: string;
}

export interface DemoMailbox {
  smtpPort: number;
  /** `GET /` answers JSON, newest last, or a page to a browser. */
  url: string;
  mails: readonly CaughtMail[];
  close(): Promise<void>;
}

export interface MailboxOptions {
  host?: string;
  /** 0 for any free port. */
  smtpPort?: number;
  httpPort?: number;
  onMail?: (mail: CaughtMail) => void;
}

/** Older ones are forgotten past this. */
const KEPT = 5_000;

export async function startDemoMailbox(options: MailboxOptions = {}): Promise<DemoMailbox> {
  const host = options.host ?? '127.0.0.1';
  const mails: CaughtMail[] = [];
  let number = 0;
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    size: 10_000_000,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const source = Buffer.concat(chunks);
        simpleParser(source).then(
          (mail) => {
            number += 1;
            const { mailFrom, rcptTo } = session.envelope;
            const caught = describe(number, mail, source.toString('utf8'));
            caught.from = mailFrom ? mailFrom.address : '';
            caught.to = rcptTo.map(({ address }) => address);
            mails.push(caught);
            if (mails.length > KEPT) mails.shift();
            options.onMail?.(caught);
            done();
          },
          (error: Error) => done(error),
        );
      });
    },
  });
  smtp.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    smtp.server.once('error', reject);
    smtp.listen(options.smtpPort ?? 0, host, resolve);
  });
  const http = createServer((request, response) => {
    if (request.method !== 'GET') return void response.writeHead(405).end();
    const path = new URL(request.url ?? '/', 'http://mailbox').pathname;
    if (path === '/' && !request.headers.accept?.includes('text/html')) return json(response, mails);
    if (path === '/' || path === '/read') return html(response, listPage(mails));
    const wanted = mails.find((mail) => path === `/read/${mail.number}`);
    if (wanted) return html(response, mailPage(wanted));
    response.writeHead(404).end();
  });
  await listen(http, options.httpPort ?? 0, host);
  const { port } = http.address() as AddressInfo;
  return {
    smtpPort: (smtp.server.address() as AddressInfo).port,
    url: `http://${host}:${port}/`,
    mails,
    close: async () => {
      http.closeAllConnections();
      await Promise.all([
        new Promise<void>((resolve) => smtp.close(() => resolve())),
        new Promise<void>((resolve) => http.close(() => resolve())),
      ]);
    },
  };
}

function describe(number: number, mail: ParsedMail, source: string): CaughtMail {
  const { references } = mail;
  return {
    number,
    receivedAt: new Date().toISOString(),
    from: '',
    to: [],
    subject: mail.subject ?? '',
    messageId: mail.messageId ?? null,
    inReplyTo: mail.inReplyTo ?? null,
    references: references === undefined ? [] : Array.isArray(references) ? references : [references],
    headers: Object.fromEntries(mail.headerLines.map(({ key, line }) => [key, line.slice(key.length + 1).trim()])),
    text: mail.text ?? '',
    html: mail.html || null,
    source,
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

function html(response: ServerResponse, body: string): void {
  response
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'",
    })
    .end(body);
}

const PAGE_STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{margin:2rem auto;max-width:60rem;padding:0 1rem}
a{display:block;padding:.6rem .2rem;border-top:1px solid #8884;text-decoration:none;color:inherit}a:hover{background:#8882}small{opacity:.6}
iframe{width:100%;height:44rem;border:1px solid #8886;border-radius:8px;background:#fff}pre{white-space:pre-wrap;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{opacity:.6}dd{margin:0;overflow-wrap:anywhere}`;

function listPage(mails: readonly CaughtMail[]): string {
  const items = mails
    .toReversed()
    .map(
      (mail) =>
        `<a href="/read/${mail.number}">${escaped(mail.subject)}<br><small>${escaped(mail.receivedAt)} · to ${escaped(mail.to.join(', '))}</small></a>`,
    );
  return frame(`${mails.length} mails`, items.join('') || '<p>None yet. This page asks again by itself.</p>', 3);
}

/** The mail's HTML runs nothing: it is sandboxed, and its frame has no origin. Its links open in a tab of their own. */
function mailPage(mail: CaughtMail): string {
  const rows = [
    ['From', mail.from],
    ['To', mail.to.join(', ')],
    ['Message-ID', mail.messageId ?? ''],
    ['In-Reply-To', mail.inReplyTo ?? ''],
  ].map(([name, value]) => (value ? `<dt>${name}</dt><dd>${escaped(value)}</dd>` : ''));
  return frame(
    mail.subject,
    `<p><small><a href="/read">All mails</a></small></p><dl>${rows.join('')}</dl>
${mail.html ? `<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${escaped(`<base target="_blank">${mail.html}`)}"></iframe>` : ''}
<h2>As text</h2><pre>${escaped(mail.text)}</pre><details><summary>Source</summary><pre>${escaped(mail.source)}</pre></details>`,
    null,
  );
}

function frame(title: string, body: string, refreshSeconds: number | null): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">${
    refreshSeconds ? `<meta http-equiv="refresh" content="${refreshSeconds}">` : ''
  }<title>${escaped(title)}</title><style>${PAGE_STYLE}</style></head><body><h1>${escaped(title)}</h1>${body}</body></html>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
