// Each attempt to send a message, as a span: in the trace of its elevation, where it is about one. What it says is not in it, nor is what the
// receiver answered.
import type { Clock } from '../../contract/clock.ts';
import type { Attempted } from '../../notifier/deliver.ts';
import { ofElevation } from './elevation-spans.ts';
import type { Tracer } from './tracer.ts';

export function makeNoticeSpans(tracer: Tracer, clock: Clock): (attempted: Attempted) => void {
  return ({ message, ok, milliseconds }) => {
    const [{ event }] = message.told;
    const about = 'elevation' in event ? ofElevation(event.elevation) : null;
    const trace = about?.trace ?? tracer.begin();
    if (trace === null || !tracer.keeps(trace)) return;
    tracer.tell({
      ...{ trace, parent: about?.id ?? null, name: `notice ${message.channel}`, kind: 'client', failed: !ok },
      endedAt: clock.now().getTime(),
      milliseconds,
      attributes: {
        'sudoql.channel': message.channel,
        'sudoql.event': event.event,
        'sudoql.notice': message.id,
        'sudoql.notices': message.told.length,
        'sudoql.attempt': message.attempts + 1,
      },
    });
  };
}
