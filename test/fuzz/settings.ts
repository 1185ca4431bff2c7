// Random settings under the shipped rules. Elevations and administration are held to a second telling of what the settings' pages say;
// for statements, a setting that forbids more never allows more.
import { isDeepStrictEqual } from 'node:util';
import { makeCompiler } from '../../services/policy/compiler/compiler.ts';
import { compileModule } from '../../services/policy/compiler/compile-module.ts';
import { compilerView } from '../../services/policy/gate/gate.ts';
import { adminInput, elevationInput, readInput, writeInput } from '../../services/policy/gate/sample-inputs.ts';
import { readData } from '../../services/policy/settings/settings.ts';
import { changed, shippedFiles } from '../../services/policy/testing.ts';
import { loadWasmPolicy } from '../../services/policy/wasm-policy.ts';
import { makeRandom, type Random } from './random.ts';

export interface SettingsFuzz {
  settings: number;
  decisions: number;
  /** How many of them were allowed. */
  allowed: number;
  findings: string[];
}

type Line = Record<string, unknown>;
type Settings = Record<string, Line>;

const GROUPS = ['dev', 'ops', 'security', 'dba'] as const;
const TARGETS = ['shop', 'scratch', 'shop-eu'] as const;
const PATTERNS = ['shop', 'scratch', 'shop-eu', 'shop*', '*', 's*p', 'sho?', 'nowhere'] as const;
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const ACCESSES = ['select', 'insert', 'update', 'delete', 'ddl'] as const;
const EFFECTS = ['code', 'grant', 'remote', 'deferred', 'dynamic'] as const;
const MOMENTS = ['2026-11-01T00:00:00', '2026-11-18T11:06:40', '2026-11-20T12:00:00', '2027-01-01T00:00:00'] as const;
const HOURS = ['00:00', '08:00', '11:06', '18:00', '24:00'] as const;

/** Each count of settings makes a policy, and twenty decisions by it. */
export async function fuzzSettings({
  seed,
  count = Number.POSITIVE_INFINITY,
  milliseconds = Number.POSITIVE_INFINITY,
}: {
  seed: number;
  count?: number;
  milliseconds?: number;
}): Promise<SettingsFuzz> {
  const shipped = await shippedFiles();
  const { data, settingsSchema } = readData(shipped);
  const compiler = makeCompiler();
  const { wasm = '' } = await compiler.run({ op: 'build', ...compilerView(shipped, data, settingsSchema) });
  await compiler.close();
  const module = await compileModule(Buffer.from(wasm, 'base64'));
  const policyOf = (settings: unknown) => loadWasmPolicy(module, { ...data, settings });
  const random = makeRandom(seed);
  const found: SettingsFuzz = { settings: 0, decisions: 0, allowed: 0, findings: [] };
  const end = performance.now() + milliseconds;
  while (found.settings < count && performance.now() < end && found.findings.length < 20) {
    found.settings++;
    const settings = randomSettings(random, data.settings as Settings);
    const files = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`settings/${name}/data.yaml`, JSON.stringify(value)]),
    );
    const { problems } = readData(changed(shipped, files));
    if (problems.length > 0) found.findings.push(`no settings: ${problems[0]?.message} in ${JSON.stringify(settings)}`);
    const policy = await policyOf(settings);
    const strict = stricter(random, settings);
    const stricterPolicy = await policyOf(strict);
    for (let n = 0; n < 20; n++) {
      const at = randomTime(random);
      const principal = randomPrincipal(random);
      const target = { name: random.pick(TARGETS), labels: { environment: random.pick(['production', 'test']) } };
      const about = { principal, target, clock: { ns: at.getTime() * 1e6, iso: at.toISOString() } };
      const asks = { ...elevationInput, ...about, by: principal.kind === 'human' ? 'in-band' : 'connect' };
      const elevation = { ...asks, reason: random.pick(['fix OPS-12', 'fix it', 'OPS']) };
      const says = policy.evaluate('elevation', elevation);
      const expected = expectedElevation(settings, elevation);
      const result = says.ok ? (says.value as { result: string }).result : says.fault;
      tell(result === expected, 'an elevation', settings, elevation, `${result}, not ${expected}`);
      const action = random.pick(['policy.activate', 'policy.approve', 'token.create', 'ledger.read']);
      const may = policy.evaluate('admin', { ...adminInput, ...about, action, subject: null, target: null });
      const security = settings.admin?.security as { groups: string[]; kinds: string[] };
      const isSecurity = inGroups(security.groups, principal.groups) && security.kinds.includes(principal.kind);
      const permitted = may.ok && (may.value as { allow: boolean }).allow;
      tell(permitted === isSecurity, `${action}`, settings, principal, String(permitted));
      const statement = randomStatement(random, about);
      const [loose, tight] = [policy, stricterPolicy].map((one) => one.evaluate('statement', statement));
      const [was, is] = [loose, tight].map((one) => one?.ok === true && (one.value as { allow: boolean }).allow);
      tell(was || !is, 'a setting that forbids more', { settings, strict }, statement, 'it allows more');
      found.decisions += 4;
      found.allowed += Number(result === 'allow') + Number(permitted) + Number(was) + Number(is);
    }
  }
  return found;

  function tell(good: boolean, what: string, settings: unknown, input: unknown, why: string): void {
    if (!good) found.findings.push(`${what}: ${why}: ${JSON.stringify(input)} by ${JSON.stringify(settings)}`);
  }
}

const some = <T>(random: Random, items: readonly [T, ...T[]], most = 2): T[] => [
  ...new Set(Array.from({ length: random.below(most + 1) }, () => random.pick(items))),
];
const lines = (random: Random, line: () => Line, most = 3): Line[] =>
  Array.from({ length: random.below(most + 1) }, line);

function randomSettings(random: Random, shipped: Settings): Settings {
  const groups = () => (random.chance(0.1) ? ['*'] : some(random, GROUPS));
  const targets = () => some(random, PATTERNS);
  const named = (line: () => Line) => lines(random, line).map((one, n) => ({ name: `line ${n}`, ...one }));
  const relations = () => some(random, ['public.orders', 'public.*', '*.orders', 'audit.log', '*']);
  return {
    ...shipped,
    environments: { relaxed: random.chance(0.5) ? ['test'] : [] },
    whole_table: { enabled: random.chance(0.5), allowed: relations() },
    ddl: { enabled: random.chance(0.5), groups: groups() },
    destructive: { enabled: random.chance(0.5), everywhere: random.chance(0.5), groups: groups() },
    acts_later: {
      enabled: random.chance(0.8),
      exceptions: named(() => ({ effects: some(random, EFFECTS), groups: groups(), targets: targets() })),
    },
    protected: {
      relations: lines(random, () => ({
        ...{ patterns: relations(), access: random.chance(0.2) ? ['*'] : some(random, ACCESSES) },
        ...{ targets: targets(), groups: groups() },
      })),
    },
    protected_columns: {
      columns: lines(random, () => ({
        ...{ patterns: some(random, ['public.orders.email', '*.*.email', 'audit.log.*', '*.orders.i?', 'public.*.x']) },
        ...{ access: some(random, ['read', 'write']), targets: targets(), groups: groups() },
      })),
      views: relations(),
    },
    accesses: {
      forbidden: lines(random, () => ({ access: some(random, ACCESSES), targets: targets(), except_groups: groups() })),
    },
    elevation: {
      ...shipped.elevation,
      grants: named(() => ({
        ...{ groups: groups(), kinds: some(random, ['human', 'service']), targets: targets() },
        ...{ max_minutes: 60, default_minutes: 10 },
        ...(random.chance(0.4) && { until: random.pick(MOMENTS) }),
      })),
      reasons: lines(random, () => ({ targets: targets(), pattern: '[A-Z]+-[0-9]+', form: 'a ticket' }), 1),
      hours: lines(random, () => ({
        ...{ groups: groups(), targets: targets(), days: some(random, DAYS, 5), zone: 'UTC' },
        ...{ from: random.pick(HOURS), to: random.pick(HOURS) },
      })),
      freezes: named(() => ({
        ...{ targets: targets(), from: random.pick(MOMENTS), until: random.pick(MOMENTS), except_groups: groups() },
      })),
      confirm: lines(random, () => ({ groups: groups(), targets: targets() }), 1),
    },
    admin: { security: { groups: groups(), kinds: some(random, ['human', 'service']) }, visible: [] },
  };
}

/** The same with one thing forbidden that was not, or one exception fewer. */
function stricter(random: Random, settings: Settings): Settings {
  const change = structuredClone(settings);
  const list = (section: string, key: string) => change[section]?.[key] as unknown[];
  const drop = (from: unknown[]) => from.splice(random.below(from.length + 1), 1);
  const steps: (() => unknown)[] = [
    () =>
      list('protected', 'relations').push({ patterns: ['public.orders'], access: ['*'], targets: ['*'], groups: [] }),
    () =>
      list('protected_columns', 'columns').push({
        ...{ patterns: ['*.orders.email'], access: ['read', 'write'], targets: ['*'], groups: [] },
      }),
    () => drop(list('protected_columns', 'views')),
    () => list('accesses', 'forbidden').push({ access: ['update'], targets: ['shop*'], except_groups: ['dba'] }),
    () => drop(list('acts_later', 'exceptions')),
    () => drop(list('whole_table', 'allowed')),
    () => drop(list('ddl', 'groups')),
    () => drop(list('destructive', 'groups')),
    () => drop(list('environments', 'relaxed')),
  ];
  for (const section of ['whole_table', 'ddl', 'destructive', 'acts_later'])
    steps.push(() => Object.assign(change[section] ?? {}, { enabled: true }));
  steps[random.below(steps.length)]?.();
  return isDeepStrictEqual(change, settings) && random.chance(0.8) ? stricter(random, settings) : change;
}

const randomTime = (random: Random): Date =>
  random.chance(0.3)
    ? new Date(`${random.pick(MOMENTS)}Z`)
    : new Date(Date.UTC(2026, 10, 1) + random.below(90 * 86_400) * 1_000);

function randomPrincipal(random: Random) {
  const kind = random.pick(['human', 'human', 'human', 'service', 'agent'] as const);
  const elevate = random.pick(
    kind === 'human' ? (['in-band', 'in-band', 'none'] as const) : (['connect', 'none'] as const),
  );
  return { id: 'ana', email: null, groups: some(random, GROUPS, 3), kind, elevate };
}

function randomStatement(random: Random, about: object): unknown {
  const writes = random.chance(0.7);
  const base = writes ? writeInput : readInput;
  const access = random.pick(writes ? ACCESSES : (['select'] as const));
  const effects = writes ? ['read', access === 'ddl' ? 'ddl' : 'write', ...some(random, EFFECTS, 1)] : ['read'];
  const columns = () => random.pick([[], ['id'], ['email', 'id'], null]);
  const relation = { schema: random.pick(['public', 'audit']), name: random.pick(['orders', 'log']), kind: 'table' };
  const statement = {
    ...base.statement,
    ...{ effects, where: access === 'update' || access === 'delete' ? random.pick(['real', 'none', 'trivial']) : null },
    ...{ type: access === 'ddl' ? random.pick(['AlterTableStmt', 'DropStmt']) : base.statement.type },
    relations: [{ ...relation, access, via: null, columns: { read: columns(), written: writes ? columns() : [] } }],
  };
  return { ...base, ...about, statement };
}

const inGroups = (names: readonly string[], own: readonly string[]): boolean =>
  names.includes('*') || names.some((name) => own.includes(name));
const meets = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) =>
    new RegExp(`^${pattern.replace(/[-.]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name),
  );

interface Asked {
  principal: { groups: string[]; kind: string; elevate: string };
  target: { name: string };
  reason: string;
  by: string;
  clock: { iso: string };
}

/** What the comments in settings/elevation/data.yaml say. */
function expectedElevation(settings: Settings, { principal, target, reason, clock }: Asked): string {
  const elevation = settings.elevation as Record<string, Record<string, never>[]>;
  const covers = (line: { groups: string[]; targets: string[] }) =>
    inGroups(line.groups, principal.groups) && meets(line.targets, target.name);
  const of = <T>(key: string) => (elevation[key] ?? []) as unknown as T[];
  type Covering = { groups: string[]; targets: string[] };
  const now = clock.iso.slice(0, 19);
  if (principal.elevate === 'none' || principal.kind === 'agent') return 'deny';
  const granted = of<Covering & { kinds: string[]; until?: string }>('grants').some(
    (line) => covers(line) && line.kinds.includes(principal.kind) && (line.until === undefined || now < line.until),
  );
  if (!granted) return 'deny';
  const frozen = of<{ targets: string[]; from: string; until: string; except_groups: string[] }>('freezes').some(
    (line) =>
      meets(line.targets, target.name) &&
      now >= line.from &&
      now < line.until &&
      !inGroups(line.except_groups, principal.groups),
  );
  if (frozen) return 'deny';
  const lacks = of<{ targets: string[]; pattern: string }>('reasons').some(
    (line) => meets(line.targets, target.name) && !new RegExp(line.pattern).test(reason),
  );
  if (lacks) return 'deny';
  const hours = of<Covering & { days: string[]; from: string; to: string }>('hours').filter(covers);
  if (hours.length > 0 && !hours.some((line) => open(line, new Date(clock.iso)))) return 'deny';
  return of<Covering>('confirm').some(covers) ? 'confirm' : 'allow';
}

function open({ days, from, to }: { days: string[]; from: string; to: string }, at: Date): boolean {
  const day = (date: Date) => DAYS[date.getUTCDay()] ?? '';
  const [today, yesterday] = [day(at), day(new Date(at.getTime() - 86_400_000))];
  const time = at.toISOString().slice(11, 16);
  if (from <= to) return days.includes(today) && time >= from && time < to;
  return (days.includes(today) && time >= from) || (days.includes(yesterday) && time < to);
}
