// Questions, answers and news between a supervisor and one of its processes, over the channel that the two have.
import { within } from '../../contract/within.ts';

export type Packet =
  | { ask: number; what: string; body: unknown }
  | { answer: number; body?: unknown; fault?: string }
  | { tell: string; body: unknown };

export interface Handlers {
  /** What is asked here, by its name. What it throws is the asker's to be told. */
  asked: Record<string, (body: never) => unknown>;
  told: Record<string, (body: never) => void>;
}

export interface Exchange {
  /** Rejects when the other side says so, is gone, or has not answered in `ms` of this process's turns; without `ms` it waits as long as there is another side. */
  ask<T>(what: string, body?: unknown, ms?: number): Promise<T>;
  /** Not answered; dropped when there is nobody. */
  tell(what: string, body?: unknown): void;
  /** From now on these answer. */
  handle(handlers: Handlers): void;
  /** A packet came. What is none is passed over: others use the channel too. */
  receive(packet: unknown): void;
  /** The other side is gone: who waits for an answer is told so. */
  over(): void;
}

/** `send` is false where nobody is there. */
export function makeExchange(send: (packet: Packet) => boolean): Exchange {
  let handlers: Handlers = { asked: {}, told: {} };
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  let isOver = false;

  async function answer({ ask, what, body }: Extract<Packet, { ask: number }>): Promise<void> {
    try {
      const handler = handlers.asked[what];
      if (!handler) throw new Error(`nobody answers ${what}`);
      send({ answer: ask, body: await handler(body as never) });
    } catch (error) {
      send({ answer: ask, fault: error instanceof Error ? error.message : String(error) });
    }
  }

  return {
    async ask<T>(what: string, body?: unknown, ms?: number): Promise<T> {
      const number = ++asked;
      const answered = Promise.withResolvers<unknown>();
      if (isOver || !send({ ask: number, what, body })) throw new Error('the other process is gone');
      waiting.set(number, answered);
      try {
        if (ms === undefined) return (await answered.promise) as T;
        const late = Symbol();
        const said = await within(answered.promise, ms, () => late);
        if (said === late) throw new Error(`no answer to ${what} within ${ms} ms`);
        return said as T;
      } finally {
        waiting.delete(number);
      }
    },
    tell(what, body) {
      if (!isOver) send({ tell: what, body });
    },
    handle(given) {
      handlers = given;
    },
    receive(packet) {
      if (typeof packet !== 'object' || packet === null) return;
      const got = packet as Packet;
      if ('ask' in got) void answer(got);
      else if ('tell' in got) handlers.told[got.tell]?.(got.body as never);
      else if ('answer' in got) {
        const answered = waiting.get(got.answer);
        if (got.fault === undefined) answered?.resolve(got.body);
        else answered?.reject(new Error(got.fault));
      }
    },
    over() {
      isOver = true;
      for (const answered of waiting.values()) answered.reject(new Error('the other process is gone'));
    },
  };
}
