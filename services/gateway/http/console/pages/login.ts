// What a command line asks of whoever is signed in: a token. Never given without being asked, for any page can lead here.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import { inWords } from '../../../../contract/durations.ts';
import { POLICY, type PageDeps } from '../console.ts';
import { html, type Html } from '../html.ts';
import { show, visitor } from '../page.ts';
import { action, ago, facts } from '../parts.ts';

/** Of the command line, RFC 7636 and RFC 8252: only this machine's own loopback is ever sent a code. */
const Asked = Type.Object({
  port: Type.String({ pattern: '^[1-9][0-9]{3,4}$' }),
  challenge: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
  state: Type.String({ pattern: '^[A-Za-z0-9_-]{20,100}$' }),
  client: Type.String({ minLength: 1, maxLength: 100 }),
});
const Typed = Type.Object({ code: Type.Optional(Type.String({ maxLength: 40 })) });
const Answer = Type.Object({
  device: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  answer: Type.Union([Type.Literal('yes'), Type.Literal('no')]),
});
const SLOW = { max: 20, timeWindow: 60_000 };

export function loginPages(plain: FastifyInstance, { people, clock }: PageDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const good = `${inWords(people.settings.tokenMs / 1_000)}`;

  app.get('/login', { schema: { querystring: Asked } }, (request, reply) => {
    const { client, port, ...rest } = request.query;
    const me = visitor(request);
    // A form's redirect must be permitted, too.
    reply.header('content-security-policy', policyWith(`http://127.0.0.1:${port}`));
    const body = html`<div class="card narrow"><p><strong>${client}</strong> on this machine asks for a token that is good for ${good}. With it, it is <strong>${me.principal.id}</strong>.</p>
<p class="soft">Go on if you have just run <code>sudoql login</code> here. If not, close this page.</p>
<div class="row">${action('/login', 'Go on', 'plain', { port, client, ...rest })}</div></div>`;
    return show(request, reply, { title: 'Log a command line in', body });
  });

  app.post('/login', { config: { rateLimit: SLOW }, schema: { body: Asked } }, async (request, reply) => {
    const { port, challenge, state, client } = request.body;
    const code = await people.logins.code(visitor(request).signIn, challenge, client);
    return reply.redirect(`http://127.0.0.1:${port}/?code=${code}&state=${state}`, 303);
  });

  app.get('/device', (request, reply) => show(request, reply, { title: 'Log a device in', body: codeForm(null) }));

  app.post('/device', { config: { rateLimit: SLOW }, schema: { body: Typed } }, async (request, reply) => {
    const asking = await people.logins.asking(request.body.code ?? '');
    if (asking === null) {
      return again(reply.code(404), 'No device waits with that code. Codes are good for ten minutes, and once.');
    }
    const elsewhere = asking.address !== request.ip;
    const body = html`<div class="card narrow${elsewhere && ' alarm'}">
<p>Something asks for a token that is good for ${good}. With it, it is <strong>${visitor(request).principal.id}</strong>, and may do what you may.</p>
${facts([
  ['It says it is', asking.client],
  ['It asked from', asking.address],
  ['You are at', request.ip],
  ['It asked', ago(asking.since, clock.now())],
])}
${elsewhere && html`<p><strong>It is at another address than you.</strong></p>`}
<p>Say yes only if you ran <code>sudoql login --device</code> there yourself, a moment ago. Whoever sent you this code, by mail, chat or phone, wants to be you.</p>
<div class="row">${action('/device/answer', 'Yes, I ran it', elsewhere ? 'danger' : 'plain', { device: asking.id, answer: 'yes' })}${action('/device/answer', 'No', 'quiet', { device: asking.id, answer: 'no' })}</div></div>`;
    return show(request, reply, { title: 'Did you ask for this?', body });

    function again(to: FastifyReply, words: string): FastifyReply {
      return show(request, to, { title: 'Log a device in', body: codeForm(words) });
    }
  });

  app.post('/device/answer', { config: { rateLimit: SLOW }, schema: { body: Answer } }, async (request, reply) => {
    const { device, answer } = request.body;
    const yes = answer === 'yes';
    const counted = await people.logins.answer(device, yes ? visitor(request).signIn : null);
    const words = !counted
      ? 'It was answered before, or took too long.'
      : yes
        ? 'It has its token in a moment. It is listed under Me, where you can end it.'
        : 'It gets no token.';
    const body = html`<div class="card narrow"><p>${words}</p></div>`;
    return show(request, reply, { title: counted && yes ? 'The device is logged in' : 'No token was given', body });
  });
}

function codeForm(problem: string | null): Html {
  return html`<div class="card narrow">
${problem && html`<p role="alert"><strong>${problem}</strong></p>`}
<form method="post" action="/device"><label for="code">The code that the terminal shows</label>
<div class="row"><input class="typed" id="code" name="code" required maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false"><button>Go on</button></div></form>
<p class="soft">Only type a code that you see on a terminal of your own. Nobody who is in the right ever sends you one.</p></div>`;
}

const policyWith = (target: string): string =>
  Object.entries({ ...POLICY, 'form-action': ["'self'", target] })
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join(';');
