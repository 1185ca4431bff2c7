// From a message to what it says, when it is sent.
import type { Channel } from '../channels/channel.ts';
import type { Letter } from '../letter.ts';
import type { Message } from '../message.ts';
import type { PageLink, StopLink } from '../notifier.ts';
import { elevationsDigest } from './elevations-digest.ts';
import { elevationEnded } from './elevation-ended.ts';
import { elevationLive } from './elevation-live.ts';
import { elevationRefused } from './elevation-refused.ts';
import { elevationRevoked } from './elevation-revoked.ts';
import { elevationSettled } from './elevation-settled.ts';
import { gatewayProblem } from './gateway.ts';
import { ledgerHeads } from './ledger-heads.ts';
import { isOfRequest, requests } from './request.ts';
import { remarkMade } from './remark.ts';
import { reviewClosed, reviewOwed } from './review.ts';
import { policyActivated, policyDenied, policyLineEnds, policyRefused, policyRequested } from './policy.ts';
import { type Story, storiesOf } from './stories.ts';
import { testMessage } from './test-message.ts';
import { type EventOf, lateness, link, type Writing, type Written } from './words.ts';

/**
 * To people it says what is true at `now`; to programs what was true when it was recorded, so that its text is the same at
 * each attempt.
 */
export function compose(
  message: Message,
  stopLink: StopLink,
  now: Date,
  { audience, timeZone }: Pick<Channel, 'audience' | 'timeZone'> = { audience: 'people', timeZone: null },
  page: PageLink = () => null,
): Letter {
  const people = audience === 'people';
  const recorded = message.told.reduce((a, b) => (b.createdAt > a.createdAt ? b : a)).createdAt;
  const at = people ? now : recorded;
  const writing: Writing = {
    now: at,
    zone: people ? timeZone : null,
    stopLink: (elevation, deadline) => (Date.parse(deadline) > at.getTime() ? stopLink(elevation) : null),
    page,
  };
  const letter = written(people ? message : { ...message, known: [] }, writing);
  return {
    ...letter,
    lead: [...lateness(message.told[0], writing), ...letter.lead],
    head: message.told.reduce((a, b) => (b.head.at >= a.head.at ? b : a)).head.hash,
  };
}

function written(message: Message, writing: Writing): Written {
  const { event } = message.told[0];
  const all = message.told.map((told) => told.event);
  if (event.event === 'policy.activated') return policyActivated(event, all);
  if (event.event === 'policy.requested') return policyRequested(event, all, writing);
  if (event.event === 'policy.line_ends') return policyLineEnds(event, all);
  if (event.event === 'policy.denied') return policyDenied(event, all);
  if (event.event === 'policy.refused') return policyRefused(event, all);
  if (event.event === 'gateway.problem') return gatewayProblem(event, all);
  if (event.event === 'ledger.heads') return ledgerHeads(event, writing);
  if (event.event === 'notices.test') return testMessage(event, all);
  if (event.event === 'review.owed') return reviewOwed(event, writing);
  if (event.event === 'review.closed') return reviewClosed(event);
  if (event.event === 'remark.made') return remarkMade(event, writing);
  const ofRequests = all.filter(isOfRequest);
  const [first, ...others] = ofRequests;
  if (first && ofRequests.length === all.length) return requests([first, ...others], writing);
  const letter = aboutElevations(message, writing);
  if (!first) return letter;
  const { subject, blocks, open } = requests([first, ...others], writing);
  const rows = [[subject], ...(blocks.find(({ title }) => title === 'Told together')?.rows ?? [])];
  return {
    ...letter,
    open: open ?? null,
    blocks: [...letter.blocks, { title: 'Asked', note: null, rows, code: false }],
  };
}

function aboutElevations(message: Message, writing: Writing): Written {
  const refused = message.told.flatMap((told) => (told.event.event === 'elevation.refused' ? [told.event] : []));
  const stories = storiesOf(message);
  return loudly(ofElevations(stories, refused, writing), stories, writing);
}

/** Whatever else is told with it, also where it was over before its start could be told. */
function loudly(letter: Written, stories: Story[], { page }: Writing): Written {
  const glass = stories.find(({ started, extended }) => started?.break_glass || extended?.break_glass);
  if (!glass) return letter;
  return {
    ...letter,
    subject: `GLASS BROKEN: ${letter.subject}`,
    headline: `GLASS BROKEN: ${letter.headline}`,
    tone: 'alarm',
    lead: [
      'Nobody was asked: the approval that is needed here was skipped as an emergency. It is somebody else’s to review.',
      ...letter.lead,
    ],
    open: link('Review it', page(`/reviews/${encodeURIComponent(glass.elevation)}`)),
  };
}

function ofElevations(stories: Story[], refused: EventOf<'elevation.refused'>[], writing: Writing): Written {
  const [first, ...others] = stories;
  const [no] = refused;
  if (!first) {
    if (no && refused.every(({ reason }) => reason === no.reason))
      return elevationRefused([no, ...refused.slice(1)], writing);
    return elevationsDigest(stories, refused, writing);
  }
  if (no || others.some(({ reason }) => reason !== first.reason)) return elevationsDigest(stories, refused, writing);
  const all: [Story, ...Story[]] = [first, ...others];
  if (all.every(({ tells }) => tells.has('elevation.settled') && tells.size === 1))
    return elevationSettled(all, writing);
  // Of an end that another message tells, this one says only that it is over.
  const tellsEnd = all.some(({ tells }) => tells.has('elevation.ended') || tells.has('elevation.settled'));
  if (tellsEnd && all.every(({ ended }) => ended !== null)) return elevationEnded(all, writing);
  const tellsStop = all.some(({ tells }) => tells.has('elevation.revoked'));
  if (tellsStop && all.every(({ revoked, ended }) => revoked !== null || ended !== null))
    return elevationRevoked(all, writing);
  return elevationLive(all, writing);
}
