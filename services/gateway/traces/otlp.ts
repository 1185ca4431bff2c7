// Spans as OTLP's JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
import type { Attribute, Span } from './span.ts';

export interface Resource {
  version: string;
  replica: string;
}

const KINDS = { internal: 1, server: 2, client: 3 } as const;
const ERROR = 2;

/** The body of one request. */
export function tracesBody({ version, replica }: Resource, spans: readonly Span[]): string {
  const resource = { 'service.name': 'sudoql', 'service.version': version, 'service.instance.id': replica };
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributes(resource) },
        scopeSpans: [{ scope: { name: 'sudoql', version }, spans: spans.map(written) }],
      },
    ],
  });
}

function written(span: Span): object {
  return {
    traceId: span.trace,
    spanId: span.id,
    ...(span.parent === null ? {} : { parentSpanId: span.parent }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.endedAt - span.milliseconds),
    endTimeUnixNano: nanoseconds(span.endedAt),
    attributes: attributes(span.attributes),
    ...(span.link ? { links: [{ traceId: span.link.trace, spanId: span.link.id }] } : {}),
    status: span.failed ? { code: ERROR } : {},
  };
}

/** To the microsecond: a double has no more of them. */
const nanoseconds = (milliseconds: number) => `${Math.round(milliseconds * 1_000)}000`;

function attributes(of: Record<string, Attribute | null>): object[] {
  return Object.entries(of).flatMap(([key, value]) => (value === null ? [] : [{ key, value: typed(value) }]));
}

function typed(value: Attribute): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  // 64 bits, which JSON has not.
  return Number.isSafeInteger(value) ? { intValue: `${value}` } : { doubleValue: value };
}

/** How many spans of an accepted request the collector says that it threw away. */
export function rejected(body: string): number {
  try {
    const { partialSuccess } = JSON.parse(body) as { partialSuccess?: { rejectedSpans?: string | number } };
    const count = Number(partialSuccess?.rejectedSpans ?? 0);
    return Number.isSafeInteger(count) && count > 0 ? count : 0;
  } catch {
    return 0;
  }
}
