// Many elevations of one person on one target at once: a flood, or what an outage kept. All are named.
import type { Block } from '../letter.ts';
import { count } from '../render/times.ts';
import { inline } from '../render/visible.ts';
import { warningsOf } from './ended-warnings.ts';
import { isUnconfirmed, outcomeOf } from './outcome.ts';
import type { Story } from './stories.ts';
import { type EventOf, LEDGER_ADVICE, origin, person, place, when, who, type Writing, type Written } from './words.ts';

type Refused = EventOf<'elevation.refused'>;

export function elevationsDigest(stories: Story[], refused: Refused[], writing: Writing): Written {
  const of = stories[0]?.of ?? refused[0];
  if (!of) throw new Error('A message of no elevation.');
  const live = stories.filter(({ ended }) => ended === null);
  const over = stories.filter(({ ended }) => ended !== null);
  const ended = over.flatMap((story) => story.ended ?? []);
  const warnings = warningsOf(ended);
  const unseen = ended.filter(isUnconfirmed).length;
  const reasons = [...new Set([...stories, ...refused].map(({ reason }) => inline(reason, 60)))];
  const stop = live.flatMap(({ elevation, deadline, reason, of: session }) => {
    const url = deadline === null ? null : writing.stopLink(elevation, deadline);
    return url ? [{ elevation, about: `${inline(reason, 120)} · ${inline(session.session, 60)}`, url }] : [];
  });
  const opening =
    unseen > 0
      ? 'MAY STILL WRITE to'
      : live.length > 0
        ? 'can write to'
        : stories.length > 0
          ? 'wrote to'
          : 'may not write to';
  const counts = [
    ...(live.length > 0 ? [`${live.length} go on`] : []),
    ...(over.length > 0 ? [`${over.length} over`] : []),
    ...(refused.length > 0 ? [`${refused.length} refused`] : []),
  ].join(', ');
  return {
    subject: `${who(of)} ${opening} ${place(of)}, ${count(reasons.length, 'reason')} (${counts}): ${reasons.join('; ')}`,
    headline: `${who(of)} asked to write to ${place(of)} ${count(stories.length + refused.length, 'time')}: ${counts}`,
    tone: warnings.length > 0 ? 'alarm' : live.length > 0 ? 'write' : 'calm',
    lead: ['So much at once is told together. Nothing is left out.'],
    warnings,
    facts: [
      ['Who', person(of)],
      ['With', origin(of)],
    ],
    blocks: [
      ...list('Going on', live, (story) =>
        story.revoked
          ? 'stopped; the closing message follows'
          : story.deadline === null
            ? 'goes on'
            : Date.parse(story.deadline) > writing.now.getTime()
              ? `until ${when(story.deadline, writing)}`
              : `its time was up at ${when(story.deadline, writing)}; the closing message follows`,
      ),
      ...list('Over', over, (story) => outcomeOf(story)),
      ...refusals(refused),
    ],
    stop,
    advice: stories[0] ? LEDGER_ADVICE(stories[0].elevation) : null,
  };
}

function list(title: string, stories: Story[], words: (story: Story) => string): Block[] {
  if (stories.length === 0) return [];
  return [
    {
      title: `${title}: ${stories.length}`,
      note: null,
      rows: stories.map((story) => [`${inline(story.reason, 200)} · ${inline(story.elevation, 80)}: ${words(story)}`]),
      code: false,
    },
  ];
}

function refusals(refused: Refused[]): Block[] {
  if (refused.length === 0) return [];
  const byReason = Map.groupBy(refused, ({ reason, codes }) => `${inline(reason, 200)} (${codes.join(', ')})`);
  return [
    {
      title: `Refused: ${refused.length}`,
      note: null,
      rows: [...byReason].map(([words, times]) => [`${words}${times.length > 1 ? `, ${times.length} times` : ''}`]),
      code: false,
    },
  ];
}
