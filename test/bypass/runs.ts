// Which cases are played against which way, and what must come of it.
import type { Cluster } from '../helpers/postgres.ts';
import { EXTENSIONS } from './extensions.ts';
import { openWay, type OpenWay } from './gateway.ts';
import type { Report } from './run-corpus.ts';
import type { Stage } from './stage.ts';
import { openWriteWay } from './write-ways.ts';

export interface Run {
  name: string;
  open(stage: Stage, ledger: Cluster): Promise<OpenWay>;
  /** Directories of cases, also as a pattern, by what is expected of them. */
  cases: { refused?: string; allowed?: string };
  /** Not run on a server that does not offer them all. */
  extensions?: readonly string[];
  /** Of a fixture beside the usual one. */
  fixture?: string;
  /** What it lets through though it must not: cases that fail the run. The others are there to be measured. */
  fails(report: Report): number;
}

const holds = ({ harmed, through, refusedWrongly }: Report) => harmed.length + through.length + refusedWrongly.length;
const measured = () => 0;

/** Of the second: the search_path is another than what was said last. Layers that do not follow it say nothing of them. */
const READ = '{refused,moved-paths}';

export const RUNS: readonly Run[] = [
  { name: 'two-key', open: read('two-key'), cases: { refused: READ, allowed: 'allowed' }, fails: holds },
  {
    name: 'two-key, extensions',
    open: read('two-key'),
    cases: { allowed: 'allowed' },
    extensions: EXTENSIONS,
    fails: holds,
  },
  { name: 'analysis', open: read('analysis'), cases: { refused: READ, allowed: 'allowed' }, fails: measured },
  ...extensionRuns('postgis', ['postgis', 'postgis_raster']),
  ...extensionRuns('vector', ['vector']),
  { name: 'roles', open: read('roles'), cases: { refused: 'refused', allowed: 'allowed' }, fails: measured },
  {
    name: 'write, floor',
    open: write('floor'),
    cases: { refused: 'floor/refused', allowed: 'floor/allowed' },
    // By the floor itself: what only the target refuses would have got that far.
    fails: (report) => holds(report) + report.byTarget.length,
  },
  { name: 'write, role', open: write("writer's role"), cases: { refused: 'floor/hidden' }, fails: holds },
  { name: 'write, role on floor', open: write("writer's role"), cases: { refused: 'floor/refused' }, fails: measured },
  {
    name: 'write, role beyond',
    open: write("writer's role"),
    cases: { refused: 'floor/beyond' },
    // Each is here because a role cannot stop it: one that is stopped belongs among the hidden ones.
    fails: ({ played, through }) => played.refused - new Set(through.map(({ case: { name } }) => name)).size,
  },
  { name: 'write, policy', open: write('policy'), cases: { refused: 'floor/{hidden,beyond}' }, fails: holds },
];

/** An extension that is not the server's own, with cases of its own. */
function extensionRuns(name: string, extensions: readonly string[]): Run[] {
  const directory = `extensions/${name}`;
  const cases = { refused: `${directory}/refused`, allowed: `${directory}/allowed` };
  return (['two-key', 'analysis'] as const).map((way) => ({
    name: `${way}, ${name}`,
    open: read(way),
    cases,
    extensions,
    fixture: `${directory}/fixture.sql`,
    fails: holds,
  }));
}

function read(way: Parameters<typeof openWay>[0]): Run['open'] {
  return (stage, ledger) => openWay(way, stage, ledger);
}

function write(way: Parameters<typeof openWriteWay>[0]): Run['open'] {
  return (stage, ledger) => openWriteWay(way, stage, ledger);
}
