import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from '../../../contract/typebox/typebox.js';
import type { Principal } from '../../../contract/words.ts';
import type { Problem } from '../../../policy/compiler/messages.ts';
import type { AdminInput } from '../../../policy/decision.ts';
import type { Revisions } from '../../../policy/source/revisions.ts';
import { readUploadApart } from '../../../policy/gate/judge.ts';
import type { PolicyFiles } from '../../../policy/source/policy-files.ts';
import type { Activate, ActivationResult } from '../../policy/activation.ts';
import { available, overtakenBy } from '../answer-policy.ts';
import type { Authenticate } from '../authenticate.ts';
import type { Permissions } from '../permissions.ts';
import { HttpProblem, problemResponses } from '../problems.ts';
import { actorName } from '../../revocation.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** Bytes: the largest policy, with what JSON adds to its texts. */
const UPLOAD_LIMIT = 24 * 1_024 ** 2;

const Activation = Type.Object({
  seq: Type.Integer(),
  revision: Type.String(),
  kind: Type.Union([Type.Literal('activated'), Type.Literal('rolled_back')]),
  at: Type.String(),
  by: nullable(Type.String()),
  summary: Type.String(),
  /** Sentences: who can do what by it and not by the one before, or no longer. */
  rights: Type.Array(Type.String()),
});
const Files = Type.Record(Type.String(), Type.String());
const Upload = Type.Object(
  {
    files: Files,
    expected: Type.Optional(nullable(Type.String())),
    opens: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);
const Answer = Type.Object({
  revision: Type.String(),
  /** The request that waits for others' approval; null when it needs none. */
  request: nullable(Type.String()),
  /** False when it was in force already. */
  changed: Type.Boolean(),
  previous: nullable(Type.String()),
  summary: Type.String(),
  rights: Type.Array(Type.String()),
});

export interface PolicyRouteDeps {
  authenticate: Authenticate;
  permissions: Permissions;
  revisions: Revisions;
  /** Null with `policy.source: directory`: its files alone say what is in force. */
  activate: Activate | null;
}

/** History, contents and activation of policies. */
export function policyRoutes(plain: FastifyInstance, deps: PolicyRouteDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const security = [{ bearer: [] }];
  const permitted = async (request: FastifyRequest, action: AdminInput['action']): Promise<Principal> => {
    const { principal } = await deps.authenticate(request);
    const verdict = deps.permissions.may(principal, action, null, null);
    if (!verdict.allowed) throw new HttpProblem('forbidden', verdict.message);
    return principal;
  };
  app.register((routes, _, done) => {
    uploadRoute(routes, { ...deps, permitted });
    done();
  });
  app.get(
    '/v1/policies',
    {
      schema: {
        summary: 'Activations of policies, the newest first: its revision is in force',
        security,
        querystring: Type.Object(
          { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ activations: Type.Array(Activation) }), ...problemResponses },
      },
    },
    async (request) => {
      await permitted(request, 'policy.read');
      const activations = await available(deps.revisions.history(request.query.limit ?? 100));
      return { activations: activations.map(({ content: _, by, ...rest }) => ({ ...rest, by: by && actorName(by) })) };
    },
  );
  app.get(
    '/v1/policies/:revision',
    {
      schema: {
        summary: 'The files of a revision; the first digits will do',
        security,
        params: Type.Object({ revision: Type.String({ pattern: '^[0-9a-f]{6,64}$' }) }),
        response: { 200: Type.Object({ revision: Type.String(), files: Files }), ...problemResponses },
      },
    },
    async (request) => {
      await permitted(request, 'policy.read');
      const [revision, another] = await available(deps.revisions.startingWith(request.params.revision));
      const files = revision && !another ? await available(deps.revisions.files({ revision })) : null;
      if (!revision || !files) throw new HttpProblem('not_found');
      return { revision, files: Object.fromEntries(files) };
    },
  );
}

/** Of the processor. */
const READING_MS = 10_000;

interface UploadRouteDeps extends Pick<PolicyRouteDeps, 'activate'> {
  permitted(request: FastifyRequest, action: AdminInput['action']): Promise<Principal>;
}

/** One at a time of each author: others' wait for it in the compiler. */
function uploadRoute(plain: FastifyInstance, { activate, permitted }: UploadRouteDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  /** Before its body is read, which may be large. */
  const authors = new WeakMap<FastifyRequest, Principal>();
  const uploaded = new WeakMap<FastifyRequest, PolicyFiles | Problem[]>();
  /** Whose upload is under way. */
  const underWay = new Set<string>();
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer) => {
      const read = await readUploadApart(bytes, READING_MS);
      if ('invalid' in read) throw new HttpProblem('invalid_request', ...(read.invalid === null ? [] : [read.invalid]));
      uploaded.set(request, read.files);
      return read.body;
    },
  );
  app.put(
    '/v1/policies',
    {
      bodyLimit: UPLOAD_LIMIT,
      schema: {
        summary: 'Take a policy into force on all gateways, or request it where others must approve',
        description:
          '`files`: path → text. `expected`: the revision that is to be replaced, or its first digits; when another one is in force, nothing changes (409). `opens`: so many refusals of the last days are meant to be permissions. One at a time of each author (429).',
        security: [{ bearer: [] }],
        body: Upload,
        response: { 200: Answer, ...problemResponses },
      },
      onRequest: async (request, reply) => {
        const author = await permitted(request, 'policy.activate');
        if (!activate) throw new HttpProblem('policy_of_directory');
        if (underWay.has(author.id))
          throw new HttpProblem('too_often', 'Another upload of yours is under way. Wait until it is answered.');
        underWay.add(author.id);
        authors.set(request, author);
        // Its body never came, or was none; what is being judged goes on though its author left.
        reply.raw.once('close', () => {
          if (authors.has(request)) underWay.delete(author.id);
        });
      },
    },
    async (request): Promise<Static<typeof Answer>> => {
      const [author, files] = [authors.get(request), uploaded.get(request)];
      if (!author || !files || !activate) throw new HttpProblem('forbidden');
      authors.delete(request);
      const { expected, opens } = request.body;
      try {
        return answerOf(await available(activate({ files, actor: { principal: author.id }, expected, opens })));
      } finally {
        underWay.delete(author.id);
      }
    },
  );
}

function answerOf(result: ActivationResult): Static<typeof Answer> {
  switch (result.kind) {
    case 'activated':
      return { ...result, request: null, changed: true };
    case 'unchanged':
      return {
        revision: result.revision,
        request: null,
        changed: false,
        previous: result.revision,
        summary: '',
        rights: [],
      };
    case 'requested':
      return { ...result, changed: false, previous: null };
    case 'refused':
      throw new HttpProblem('policy_refused', result.problem);
    case 'overtaken':
      throw new HttpProblem('policy_overtaken', overtakenBy(result.by));
  }
}
