// Every refusal that the HTTP side gives, declared once: stable code, status, and the sentence that goes with it.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from '../../contract/typebox/typebox.js';

const PROBLEMS = {
  unauthorized: { status: 401, message: 'A bearer token is needed, one that is neither expired nor revoked.' },
  forbidden: { status: 403, message: 'This token may not do that.' },
  origin_refused: {
    status: 403,
    message: 'Web pages may not connect here unless the configuration names their origin.',
  },
  foreign_form: {
    status: 403,
    message: 'Changes are taken from pages of this console alone. Open it, and try again there.',
  },
  sign_in_needed: { status: 401, message: 'You were signed out meanwhile. Sign in, and try again.' },
  not_found: { status: 404, message: 'There is no such thing here, or not for you.' },
  already_ended: { status: 409, message: 'That elevation has already ended.' },
  not_open: { status: 409, message: 'That is not open any more.' },
  policy_refused: { status: 422, message: 'That policy did not pass the gates; nothing was changed.' },
  policy_overtaken: { status: 409, message: 'Another policy was activated meanwhile; nothing was changed.' },
  policy_not_waiting: { status: 409, message: 'That request does not wait any more.' },
  policy_of_directory: {
    status: 409,
    message:
      'This gateway takes its policy from a directory or a bundle: change it there, or set policy.source: database.',
  },
  invalid_request: { status: 400, message: 'The request does not fit the schema.' },
  too_large: { status: 413, message: 'The request is too large.' },
  unsupported_media_type: { status: 415, message: 'Content of that type is not read here.' },
  too_many_attempts: { status: 429, message: 'Too many wrong tokens from this address. Wait a minute.' },
  too_often: { status: 429, message: 'Too many requests from this address. Wait a minute.' },
  not_ready: { status: 503, message: 'The gateway cannot answer that now; /readyz says which part is not ready.' },
  fault: { status: 500, message: '' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal. Denials by policy may add their own words as `message`. */
export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly headers: Record<string, string>;
  constructor(code: ProblemCode, message: string = PROBLEMS[code].message, headers: Record<string, string> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

/** Of what a session says as PostgreSQL does: small at its beginning, without a full stop. */
export const sentence = (message: string): string => `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;

/** The HTTP status that goes with it. */
export const statusOf = (code: ProblemCode): number => PROBLEMS[code].status;

/** What every refusal looks like. `message` is absent from faults: they say their code and the request's id, no more. */
export const ProblemBody = Type.Object({
  code: Type.String(),
  message: Type.Optional(Type.String()),
  request_id: Type.String(),
});

/** Statuses ≥ 400 of a route, for its schema. */
export const problemResponses = { '4xx': ProblemBody, '5xx': ProblemBody };

/** The one error handler. Nothing of an unexpected error reaches the client; the log has it under the request's id. */
export function handleProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | HttpProblem, request, reply) => {
    const problem = asProblem(error);
    if (PROBLEMS[problem.code].status >= 500) request.log.error({ err: error }, 'request failed');
    return answer(problem, request, reply);
  });
  app.setNotFoundHandler((request, reply) => answer(new HttpProblem('not_found'), request, reply));
}

/** Fastify's own refusals of what reaches no route: a path that cannot be decoded. For its option `frameworkErrors`. */
export function refuseUnrouted(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  answer(asProblem(error), request, reply);
}

function answer(problem: HttpProblem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status } = PROBLEMS[problem.code];
  const message = status === 500 ? {} : { message: problem.message };
  return reply
    .code(status)
    .headers(problem.headers)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({ code: problem.code, ...message, request_id: request.id });
}

/** Fastify's own refusals, by their status; whatever else it is, is a fault. */
export function asProblem(error: FastifyError | HttpProblem): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error.validation)
    return new HttpProblem('invalid_request', `The request does not fit the schema: ${error.message}.`);
  const { statusCode = 500 } = error;
  switch (statusCode) {
    case 413:
    case 414:
      return new HttpProblem('too_large');
    case 415:
      return new HttpProblem('unsupported_media_type');
    default:
      return new HttpProblem(statusCode >= 400 && statusCode < 500 ? 'invalid_request' : 'fault');
  }
}
