// From a message to what it says. One text for each kind of event.
import type { Letter } from '../letter.ts';
import type { Message } from '../message.ts';
import type { NoticeEvent } from '../notice.ts';
import type { StopLink } from '../notifier.ts';
import { elevationEnded } from './elevation-ended.ts';
import { elevationExtended } from './elevation-extended.ts';
import { elevationRefused } from './elevation-refused.ts';
import { elevationRevoked } from './elevation-revoked.ts';
import { elevationStarted } from './elevation-started.ts';
import { gatewayProblem } from './gateway.ts';
import { policyActivated, policyRefused } from './policy.ts';
import { lateness, type Text } from './words.ts';

/** Texts are made when a message is sent, so `now` decides whether a time needs its date and whether there still is something to stop. */
export function compose(message: Message, stopLink: StopLink, now: Date): Letter {
  const { event } = message.told[0];
  const write = <E extends NoticeEvent>(text: Text<E>, first: E) =>
    text({
      first,
      // All events of a message are of one kind: grouping.ts.
      events: message.told.map((told) => told.event) as [E, ...E[]],
      message,
      now,
      stopLink: (elevation, deadline) =>
        Date.parse(deadline) > now.getTime() ? stopLink(elevation, new Date(deadline)) : null,
    });
  const letter = written();
  return {
    ...letter,
    lead: [...lateness(message.told[0], now), ...letter.lead],
    head: message.told.reduce((a, b) => (b.head.at >= a.head.at ? b : a)).head.hash,
  };

  function written(): Omit<Letter, 'head'> {
    switch (event.event) {
      case 'elevation.started':
        return write(elevationStarted, event);
      case 'elevation.extended':
        return write(elevationExtended, event);
      case 'elevation.ended':
        return write(elevationEnded, event);
      case 'elevation.refused':
        return write(elevationRefused, event);
      case 'elevation.revoked':
        return write(elevationRevoked, event);
      case 'policy.activated':
        return write(policyActivated, event);
      case 'policy.refused':
        return write(policyRefused, event);
      case 'gateway.problem':
        return write(gatewayProblem, event);
    }
  }
}
