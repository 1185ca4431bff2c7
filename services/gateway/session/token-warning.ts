// A session ends with its token: who has it is told before.
import { inWords } from '../../contract/durations.ts';
import { Alarm } from './alarm.ts';
import type { Session } from './session.ts';

/** Milliseconds before the end. */
const BEFORE = [10 * 60_000, 60_000];

/** Says so each time; one whose token ends within that time is told at once. Returns how to stop. */
export function warnBeforeTokenEnds(session: Session, expiresAt: Date): () => void {
  const leftMs = () => expiresAt.getTime() - session.deps.clock.now().getTime();
  const wait = (before: readonly number[]) => {
    const [next] = before;
    if (next !== undefined) alarm.set(performance.now() + Math.max(0, leftMs() - next));
  };
  let before = BEFORE.filter((each, n) => leftMs() > each || n === BEFORE.findLastIndex((last) => leftMs() <= last));
  const alarm = new Alarm(() => {
    const left = leftMs();
    before = before.slice(1);
    wait(before);
    if (session.closed || left <= 0) return;
    session.say(
      {
        message: `your token, and this session with it, ends in ${inWords(left / 1_000)}`,
        ...(session.mode === 'write' && { detail: 'What is not committed by then is rolled back.' }),
        hint: 'sudoql login gets you another; connect anew with it.',
      },
      'WARNING',
    );
  });
  wait(before);
  return () => alarm.end();
}
