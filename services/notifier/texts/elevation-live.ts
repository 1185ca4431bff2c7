import { inWords } from '../../contract/durations.ts';
import type { Block, StopOne } from '../letter.ts';
import { count } from '../render/times.ts';
import { warningsOf } from './ended-warnings.ts';
import { outcomeOf } from './outcome.ts';
import type { Story } from './stories.ts';
import {
  aboutSession,
  because,
  inSessions,
  latest,
  link,
  origin,
  person,
  place,
  when,
  whenExactly,
  who,
  type Writing,
  type Written,
} from './words.ts';

/** Some of its elevations are not known to be over. */
export function elevationLive(stories: [Story, ...Story[]], writing: Writing): Written {
  const [first] = stories;
  const inForce = stories.filter(({ ended, revoked }) => ended === null && revoked === null);
  // All are over, and other messages tell how they ended.
  const elsewhere = inForce.length === 0;
  const live = elsewhere ? stories : inForce;
  const over = stories.filter((story) => !live.includes(story));
  const deadlines = live.flatMap(({ deadline }) => deadline ?? []);
  const deadline = deadlines.length > 0 ? latest(deadlines) : null;
  const past = elsewhere || (deadline !== null && Date.parse(deadline) <= writing.now.getTime());
  const until = deadline === null ? '' : ` until ${when(deadline, writing)}`;
  const goesOn = live.every(({ tells }) => !tells.has('elevation.started'));
  const can = past ? 'could write' : goesOn ? 'goes on writing' : 'can write';
  const agreed = [...new Set(live.flatMap(({ started, extended }) => (extended ?? started)?.approved_by ?? []))];
  const opening = `${who(first.of)} ${can} to ${place(first.of)}${inSessions(live.length)}${until}`;
  const stop = past ? [] : links(live, writing);
  const warnings = warningsOf(over.flatMap(({ ended }) => ended ?? []));
  const started = live.find((story) => story.started !== null)?.started;
  return {
    subject: `${opening}${warnings.length > 0 ? ', PLEASE LOOK' : ''}${because(first.reason)}`,
    headline: opening,
    tone: warnings.length > 0 ? 'alarm' : past ? 'calm' : 'write',
    lead: [
      ...(past
        ? [`${elsewhere ? 'It is over already' : 'Its time is up'}. What was written is in the closing message.`]
        : []),
      ...(live.some(({ extended }) => extended !== null) && !past ? ['It was extended; the new end counts.'] : []),
    ],
    warnings,
    facts: [
      ['Why', first.reason],
      ...otherReasons(live),
      ...(agreed.length > 0 ? [['Agreed by', agreed.join(', ')] as [string, string]] : []),
      ['Who', person(first.of)],
      ...(deadline === null
        ? []
        : [
            [
              'Until',
              `${whenExactly(deadline, writing)}${howLong(live, deadline)}.${past ? '' : ' It ends by itself.'}`,
            ] as [string, string],
          ]),
      ...(started
        ? [
            [
              'Since',
              `${whenExactly(started.started_at, writing)}${started.by === 'connect' ? ', asked for when connecting' : ''}`,
            ] as [string, string],
          ]
        : []),
      ['With', stories.length > 1 ? count(stories.length, 'connection') : origin(first.of)],
      ...(stories.length > 1 ? [] : [['Elevation', first.elevation] as [string, string]]),
    ],
    blocks: [...sessions(live, stop), ...alreadyOver(over)],
    stop,
    open: link('Look, acknowledge or ask', writing.page(`/elevations/${encodeURIComponent(first.elevation)}`)),
    advice: past
      ? null
      : stop.length || goesOn
        ? 'All right? Then there is nothing to do.'
        : 'All right? Then there is nothing to do. If not: POST /v1/elevations/ID/revoke with a token that may, or sudoqld end --all on the gateway’s host.',
  };
}

function howLong(live: Story[], deadline: string): string {
  const starts = live.flatMap(({ started }) => started ?? []);
  const [first] = starts;
  if (!first || live.some(({ extended }) => extended !== null)) return '';
  return `, for ${inWords((Date.parse(deadline) - Date.parse(first.started_at)) / 1_000)}`;
}

/** An extension may have a reason of its own. */
function otherReasons(live: Story[]): [string, string][] {
  const reasons = new Set(
    live.flatMap(({ extended, reason }) => (extended && extended.reason !== reason ? [extended.reason] : [])),
  );
  return [...reasons].map((reason) => ['Why longer', reason]);
}

function links(live: Story[], { stopLink }: Writing): StopOne[] {
  return live.flatMap(({ elevation, deadline, of }) => {
    const url = deadline === null ? null : stopLink(elevation, deadline);
    return url ? [{ elevation, about: live.length > 1 ? aboutSession(of) : null, url }] : [];
  });
}

/** Their names, where no links name them. */
function sessions(live: Story[], stop: StopOne[]): Block[] {
  const named = new Set(stop.map(({ elevation }) => elevation));
  const rows = live.filter(({ elevation }) => !named.has(elevation)).map(({ of }) => [aboutSession(of)]);
  if (live.length < 2 || rows.length === 0) return [];
  return [{ title: 'The sessions', note: null, rows, code: false }];
}

function alreadyOver(over: Story[]): Block[] {
  if (over.length === 0) return [];
  return [
    {
      title: `Over already: ${count(over.length, 'session')}`,
      note: null,
      rows: over.map((story) => [`${aboutSession(story.of)}: ${outcomeOf(story)}`]),
      code: false,
    },
  ];
}
