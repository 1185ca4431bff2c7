import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from '../../../contract/typebox/typebox.js';
import type { Principal } from '../../../contract/words.ts';
import type { AdminInput } from '../../../policy/decision.ts';
import type { Revisions } from '../../../policy/source/revisions.ts';
import { uploadedFiles } from '../../../policy/source/uploaded-files.ts';
import type { Activate } from '../../policy/activation.ts';
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
  /** Before its body is read, which may be large. */
  const authors = new WeakMap<FastifyRequest, Principal>();

  app.put(
    '/v1/policies',
    {
      bodyLimit: UPLOAD_LIMIT,
      schema: {
        summary: 'Take a policy into force on all gateways, or request it where others must approve',
        description:
          '`files`: path → text. `expected`: the revision that is to be replaced, or its first digits; when another one is in force, nothing changes (409). `opens`: so many refusals of the last days are meant to be permissions.',
        security,
        body: Upload,
        response: { 200: Answer, ...problemResponses },
      },
      onRequest: async (request) => {
        authors.set(request, await permitted(request, 'policy.activate'));
        if (!deps.activate) throw new HttpProblem('policy_of_directory');
      },
    },
    async (request): Promise<Static<typeof Answer>> => {
      const author = authors.get(request);
      if (!author || !deps.activate) throw new HttpProblem('forbidden');
      const { files, expected, opens } = request.body;
      const uploaded = uploadedFiles(files);
      const result = await available(
        deps.activate({
          files: uploaded.ok ? uploaded.files : uploaded.problems,
          actor: { principal: author.id },
          expected,
          opens,
        }),
      );
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
    },
  );
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
