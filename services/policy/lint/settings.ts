// Settings that undo themselves, or mean nobody, nothing or never.
import type { Problem } from '../compiler/messages.ts';

/** What the policy is for, as far as it is known: the gateway's configuration and the tokens that there are. */
export interface Surroundings {
  targets?: readonly string[];
  channels?: readonly string[];
  groups?: readonly string[];
  /** The configuration's longest elevation. */
  maxMinutes?: number;
  now?: Date;
}

type Line = Record<string, unknown>;
type Path = (string | number)[];
type Say = (path: Path, code: string, message: string) => void;

/** Of settings that are of the gateway's schema; `place`: of a path below them. */
export function lintSettings(
  settings: Line,
  surroundings: Surroundings,
  place: (path: string[]) => Partial<Problem>,
): Problem[] {
  const found: Problem[] = [];
  const say: Say = (path, code, message) => {
    const name = `settings.${path.join('.')}`;
    found.push({ ...place(['settings', ...path.map(String)]), code, message: `${name}: ${message}` });
  };
  names(settings, [], withMeant(surroundings, settings), say);
  switches(settings, say);
  for (const [at, line] of linesOf(settings, 'elevation', 'grants')) grant(at, line, surroundings, say);
  for (const [at, line] of linesOf(settings, 'acts_later', 'exceptions')) {
    if (forAll(line)) say(at, 'everywhere', 'everybody may, everywhere');
    if (line.until !== undefined) ends(at, line, surroundings, say);
  }
  for (const [section, key] of PROTECTED)
    for (const [at, line] of linesOf(settings, section, key))
      if (line.until !== undefined) ends(at, line, surroundings, say);
  for (const [at, line] of linesOf(settings, 'elevation', 'hours')) hours(at, line, say);
  for (const [at, line] of linesOf(settings, 'elevation', 'freezes')) freeze(at, line, surroundings, say);
  for (const [at, line] of linesOf(settings, 'elevation', 'delegations')) freeze(at, line, surroundings, say);
  for (const [at, line] of linesOf(settings, 'elevation', 'approvals')) approval(at, line, say);
  for (const [section, key] of LINES) {
    const lines = linesOf(settings, section, key);
    twice(lines, say);
    for (const [at, line] of lines) emptyLine(at, line, say);
  }
  return found;
}

/** Who is in a group of the provider's is in what it means. */
function withMeant(surroundings: Surroundings, settings: Line): Surroundings {
  const { groups: meanings } = (settings.people ?? {}) as { groups?: Record<string, string[]> };
  if (!surroundings.groups || !meanings) return surroundings;
  return { ...surroundings, groups: [...surroundings.groups, ...Object.values(meanings).flat()] };
}

const PROTECTED = [
  ['protected', 'relations'],
  ['protected_columns', 'columns'],
] as const;

const LINES = [
  ['acts_later', 'exceptions'],
  ...PROTECTED,
  ['accesses', 'forbidden'],
  ['elevation', 'grants'],
  ['elevation', 'reasons'],
  ['elevation', 'hours'],
  ['elevation', 'freezes'],
  ['elevation', 'confirm'],
  ['elevation', 'approvals'],
  ['elevation', 'delegations'],
  ['elevation', 'break_glass'],
  ['elevation', 'notify'],
  ['admin', 'visible'],
  ['vetted', 'functions'],
] as const;

function linesOf(settings: Line, section: string, key: string): [Path, Line][] {
  const list = (settings[section] as Line | undefined)?.[key];
  return Array.isArray(list) ? list.map((line, n) => [[section, key, n], line as Line]) : [];
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

const RELATION_LISTS = /^(patterns|allowed|views)$/;

/** Every list of names, wherever it stands. */
function names(value: unknown, path: Path, surroundings: Surroundings, say: Say): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    for (const [n, name] of texts(child).entries()) {
      const here = [...at, n];
      if (key === 'targets' && surroundings.targets && !surroundings.targets.some((one) => matches(name, one)))
        say(here, 'unknown_target', `no target of the configuration is ${JSON.stringify(name)}`);
      if (key === 'channels' && surroundings.channels && !surroundings.channels.includes(name))
        say(here, 'unknown_channel', `no channel of the configuration is ${JSON.stringify(name)}`);
      if (/groups$/.test(key) && surroundings.groups && name !== '*' && !surroundings.groups.includes(name))
        say(here, 'unknown_group', `nobody is in ${JSON.stringify(name)}`);
      const isRelation = RELATION_LISTS.test(key) || (path[0] === 'read_scopes' && path[1] === 'groups');
      if (isRelation && /[A-Z]/.test(name))
        say(
          here,
          'capitals',
          `PostgreSQL folds names to small letters unless they are quoted; is ${JSON.stringify(name)} meant?`,
        );
      if (key === 'allowed' && ALL.test(name))
        say(here, 'everywhere', 'this exempts every table: "enabled: false" says the same');
    }
    names(child, at, surroundings, say);
  }
}

const ALL = /^\*+(\.\*+)?$/;

/** As `glob.match(pattern, null, name)` does for what the schema admits. */
function matches(pattern: string, name: string): boolean {
  const expression = pattern
    .split('')
    .map((sign) => (sign === '*' ? '.*' : sign === '?' ? '.' : sign.replace(/[\\^$.|+()[\]{}]/, '\\$&')))
    .join('');
  return new RegExp(`^${expression}$`, 's').test(name);
}

function switches(settings: Line, say: Say): void {
  const { environments, limits, admin } = settings as Record<string, Line | undefined>;
  for (const [n, name] of texts(environments?.relaxed).entries()) {
    if (/^(prod|production|live)$/i.test(name))
      say(
        ['environments', 'relaxed', n],
        'production_relaxed',
        `with ${JSON.stringify(name)} here no rule of production holds there`,
      );
  }
  for (const [kind, all] of Object.entries(limits ?? {})) {
    for (const [name, value] of Object.entries(all as Line))
      if (value === 0)
        say(
          ['limits', kind, name],
          'limit_of_nothing',
          'a limit of 0 lets nothing through; to have no limit, leave it out',
        );
  }
  const security = admin?.security as Line | undefined;
  if (texts(security?.groups).length === 0)
    say(
      ['admin', 'security', 'groups'],
      'nobody',
      'nobody may revoke, read the record or mend this policy but on the host',
    );
  if (texts(security?.kinds).length === 0)
    say(
      ['admin', 'security', 'kinds'],
      'nobody',
      'nobody may revoke, read the record or mend this policy but on the host',
    );
  if (texts(security?.groups).includes('*'))
    say(['admin', 'security', 'groups'], 'nobody', 'everybody would be security: who may do everything is named');
}

function grant(at: Path, line: Line, surroundings: Surroundings, say: Say): void {
  const { maxMinutes } = surroundings;
  if (line.until !== undefined) ends(at, line, surroundings, say);
  const [most, usual] = [Number(line.max_minutes), Number(line.default_minutes)];
  if (usual > most) say([...at, 'default_minutes'], 'never', `more than max_minutes (${most}) is never given`);
  if (maxMinutes !== undefined && most > maxMinutes)
    say([...at, 'max_minutes'], 'beyond_configuration', `the configuration gives ${maxMinutes} minutes at most`);
  if (forAll(line)) say(at, 'everywhere', 'everybody may write everywhere');
}

const forAll = (line: Line): boolean =>
  texts(line.groups).includes('*') && texts(line.targets).some((target) => ALL.test(target));

function hours(at: Path, line: Line, say: Say): void {
  if (line.from === line.to) say([...at, 'to'], 'never', 'from and to are the same: that is no time at all');
  if (texts(line.days).length === 0) say([...at, 'days'], 'never', 'there is no day: that is no time at all');
  try {
    new Intl.DateTimeFormat('en', { timeZone: String(line.zone) });
  } catch {
    say([...at, 'zone'], 'unknown_zone', `there is no time zone ${JSON.stringify(line.zone)}`);
  }
}

function freeze(at: Path, line: Line, surroundings: Surroundings, say: Say): void {
  const [from, until] = [String(line.from), String(line.until)];
  moment([...at, 'from'], from, say);
  if (from < until) {
    ends(at, line, surroundings, say);
    return;
  }
  moment([...at, 'until'], until, say);
  say([...at, 'until'], 'never', `it ends (${until}) before it begins (${from}): it never holds`);
}

function ends(at: Path, { until, owner, ticket }: Line, { now }: Surroundings, say: Say): void {
  moment([...at, 'until'], String(until), say);
  if (!now || String(until) >= now.toISOString().slice(0, 19)) return;
  const about = [owner && `ask ${owner}`, ticket].filter(Boolean).join(', ');
  say([...at, 'until'], 'past', `it ended on ${until}${about ? ` (${about})` : ''}`);
}

function moment(at: Path, text: string, say: Say): void {
  const date = new Date(`${text}Z`);
  // As JavaScript reads it, 31 February is 3 March.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 19) !== text)
    say(at, 'never', `there is no such time as ${text}`);
}

/** A request that nobody can answer, or nobody hears of. */
function approval(at: Path, line: Line, say: Say): void {
  const { people, groups } = line.by as Line;
  if (texts(people).length === 0 && texts(groups).length === 0)
    say([...at, 'by'], 'nobody', 'nobody can agree: every request would expire');
  if (texts(groups).length === 0 && texts(people).length < Number(line.count))
    say([...at, 'count'], 'never', `${line.count} must agree, and ${texts(people).length} are named`);
}

/** A line that covers nobody or nothing by an empty list; who is excepted, or may, can well be nobody. */
function emptyLine(at: Path, line: Line, say: Say): void {
  const mayBeEmpty = PROTECTED.some(([section]) => section === at[0]) ? ['groups'] : ['except_groups', 'days'];
  for (const [key, value] of Object.entries(line))
    if (Array.isArray(value) && value.length === 0 && !mayBeEmpty.includes(key))
      say([...at, key], 'empty_line', 'with nothing here the whole line means nothing');
}

function twice(lines: [Path, Line][], say: Say): void {
  const seen = new Map<unknown, Path>();
  for (const [at, { name }] of lines) {
    if (typeof name !== 'string') continue;
    const other = seen.get(name);
    if (other)
      say([...at, 'name'], 'same_name', `${JSON.stringify(name)} is also the name of settings.${other.join('.')}`);
    else seen.set(name, at);
  }
}
