// The schema of the settings that the shipped rules read. It is the gateway's: a policy's own schemas/settings.json may add keys to
// it, and loosens nothing.
import { type TSchema, Type } from '../../contract/typebox/typebox.js';
import { OWN_SETTINGS_PREFIX } from '../../statements/vetting/vetted.ts';

const closed = { additionalProperties: false };
const list = Type.Array;
const oneOf = (...values: string[]) => Type.Unsafe<string>({ type: 'string', enum: values });
const matching = (pattern: string, description: string) => Type.String({ pattern, description });

const groups = list(Type.String());
const targets = list(matching('^[^{}\\[\\]\\\\]+$', "a target's name, with * for any characters"));
/** Where analysis looks for a target's own list, not a rule for a pattern. */
const wholeTargets = list(matching('^(\\*|[^*{}\\[\\]\\\\]+)$', "a target's name, or * for every target"));
const relations = list(
  matching('^(\\*|[^.{}\\[\\]\\\\]+\\.[^{}\\[\\]\\\\]+)$', 'schema.name, with * for any characters'),
);
const columns = list(
  matching(
    '^[^.{}\\[\\]\\\\]+\\.[^.{}\\[\\]\\\\]+\\.[^.{}\\[\\]\\\\]+$',
    'schema.relation.column, with * for any characters',
  ),
);
const time = matching('^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$', 'a time of day as "08:30", in quotes');
const moment = matching(
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$',
  'a UTC time as "2026-12-20T00:00:00", in quotes and without a zone',
);
/** Who answers for a line, and where it was agreed: for those who read it, and told before it ends. */
const kept = { owner: Type.Optional(Type.String()), ticket: Type.Optional(Type.String()) };
const ending = { until: Type.Optional(moment), ...kept };
const accesses = ['select', 'insert', 'update', 'delete', 'truncate', 'merge', 'ddl', 'lock', 'copy_from', 'copy_to'];

const count = Type.Optional(Type.Integer({ minimum: 0 }));
const limits = Type.Object(
  {
    max_rows: count,
    max_bytes: count,
    max_affected_rows: count,
    timeout_ms: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  closed,
);

const section = (properties: Record<string, TSchema>) => Type.Object(properties, closed);
const deciders = section({ people: list(Type.String()), groups });
const lines = (properties: Record<string, TSchema>) => list(section(properties));

export const SettingsSchema = Type.Object(
  {
    environments: section({ relaxed: list(Type.String()) }),
    limits: section({ human: limits, service: limits, agent: limits }),
    whole_table: section({ enabled: Type.Boolean(), allowed: relations }),
    ddl: section({ enabled: Type.Boolean(), groups }),
    destructive: section({ enabled: Type.Boolean(), everywhere: Type.Boolean(), groups }),
    acts_later: section({
      enabled: Type.Boolean(),
      exceptions: lines({
        name: Type.String(),
        effects: list(oneOf('code', 'grant', 'remote', 'deferred', 'dynamic', 'admin')),
        groups,
        targets,
        ...ending,
      }),
    }),
    protected: section({
      relations: lines({ patterns: relations, access: list(oneOf(...accesses, '*')), targets, groups, ...ending }),
    }),
    protected_columns: Type.Optional(
      section({
        columns: lines({ patterns: columns, access: list(oneOf('read', 'write')), targets, groups, ...ending }),
        views: relations,
      }),
    ),
    accesses: section({ forbidden: lines({ access: list(oneOf(...accesses)), targets, except_groups: groups }) }),
    read_scopes: section({ groups: Type.Unsafe<object>({ type: 'object', additionalProperties: relations }) }),
    elevation: section({
      grants: lines({
        name: Type.String(),
        groups,
        kinds: list(oneOf('human', 'service')),
        targets,
        max_minutes: Type.Integer({ minimum: 1 }),
        default_minutes: Type.Integer({ minimum: 1 }),
        ...ending,
      }),
      reasons: lines({ targets, pattern: Type.String(), form: Type.String() }),
      hours: lines({
        groups,
        targets,
        days: list(oneOf('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday')),
        from: time,
        to: time,
        zone: Type.String(),
      }),
      freezes: lines({ name: Type.String(), targets, from: moment, until: moment, except_groups: groups, ...kept }),
      confirm: lines({ groups, targets }),
      approvals: Type.Optional(
        lines({
          name: Type.String(),
          groups,
          targets,
          by: deciders,
          count: Type.Integer({ minimum: 1 }),
          channels: list(Type.String()),
          wider: lines({ after_minutes: Type.Integer({ minimum: 1 }), by: deciders, channels: list(Type.String()) }),
        }),
      ),
      approval: Type.Optional(
        section({ ask_minutes: Type.Integer({ minimum: 1 }), use_minutes: Type.Integer({ minimum: 1 }) }),
      ),
      delegations: Type.Optional(
        lines({ name: Type.String(), of: deciders, to: list(Type.String()), from: moment, until: moment }),
      ),
      break_glass: Type.Optional(lines({ groups, targets })),
      on_call: Type.Optional(
        section({ enabled: Type.Boolean(), check: Type.String(), from: time, to: time, zone: Type.String() }),
      ),
      ticket: Type.Optional(section({ enabled: Type.Boolean(), check: Type.String(), targets })),
      often: Type.Optional(
        section({ enabled: Type.Boolean(), per_hour: Type.Integer({ minimum: 1 }), except_groups: groups }),
      ),
      heard: Type.Optional(
        section({ enabled: Type.Boolean(), minutes: Type.Integer({ minimum: 1 }), except_groups: groups }),
      ),
      silent_checks: Type.Optional(list(Type.String())),
      notify: lines({ targets, channels: list(Type.String()) }),
    }),
    admin: section({
      security: section({ groups, kinds: list(oneOf('human', 'service', 'agent')) }),
      visible: lines({ groups, targets }),
    }),
    people: Type.Optional(
      section({
        groups: Type.Unsafe<object>({ type: 'object', additionalProperties: groups }),
      }),
    ),
    vetted: Type.Optional(
      section({
        functions: lines({
          targets: wholeTargets,
          signature: Type.String(),
          body: Type.String({ pattern: '^[0-9a-f]{16}$' }),
        }),
        settings: Type.Optional(lines({ targets, prefix: Type.String({ pattern: OWN_SETTINGS_PREFIX.source }) })),
      }),
    ),
  },
  { ...closed, title: 'Settings of the shipped rules' },
);

/** As JSON Schema, without typebox's own markers. */
export function settingsSchema(): SchemaNode {
  return JSON.parse(JSON.stringify(SettingsSchema)) as SchemaNode;
}

/** What is read of a schema here. */
export interface SchemaNode {
  description?: string;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
}

/** The gateway's schema with the keys that a policy's own adds, under `properties`, at any place. What the gateway's says of a key stays. */
export function withAdditions(own: unknown): SchemaNode {
  const schema = settingsSchema();
  add(schema, own);
  return schema;
}

function add(schema: SchemaNode, own: unknown): void {
  if (!isNode(own)) return;
  const { properties } = schema;
  if (properties && isNode(own.properties)) {
    for (const [key, node] of Object.entries(own.properties as Record<string, SchemaNode>)) {
      const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (known) add(known, node);
      else Object.defineProperty(properties, key, { value: node, enumerable: true });
    }
  }
  if (schema.items) add(schema.items, own.items);
  if (isNode(schema.additionalProperties)) add(schema.additionalProperties, own.additionalProperties);
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
