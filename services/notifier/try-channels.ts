// Sends a test message through each channel, now and by itself: nothing of it is queued or recorded.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { makeChannels } from './channels/channels.ts';
import type { ChannelSettings } from './channels/channel.ts';
import type { Message } from './message.ts';
import { compose } from './texts/compose.ts';

export interface Tried {
  channel: string;
  /** Null when it was taken. */
  problem: string | null;
  seconds: number;
}

/** In the order of the settings; never rejects. `by`: who asked for it, as the message says. */
export async function tryChannels(settings: Record<string, ChannelSettings>, by: string): Promise<Tried[]> {
  return Promise.all(Object.values(settings).map((each) => tryOne(each, by)));
}

async function tryOne(settings: ChannelSettings, by: string): Promise<Tried> {
  const began = performance.now();
  const tried = (problem: string | null): Tried => ({
    channel: settings.name,
    problem,
    seconds: Math.round(performance.now() - began) / 1_000,
  });
  try {
    const channel = makeChannels({ [settings.name]: settings }).get(settings.name);
    if (!channel) return tried('There is no such channel.');
    const message = testMessage(settings.name, by);
    try {
      const sent = await channel.send(
        message,
        compose(message, () => null, new Date(), channel),
      );
      return tried(sent.ok ? null : sent.problem);
    } finally {
      channel.close();
    }
  } catch (error) {
    return tried(error instanceof Error ? error.message : String(error));
  }
}

function testMessage(channel: string, by: string): Message {
  const id = `ntc_test_${randomUUID()}`;
  const now = new Date();
  const event = { event: 'notices.test', by, gateway: hostname() } as const;
  const head = { chain: 'none', seq: 0, hash: '0'.repeat(64), at: now.toISOString() };
  return {
    id,
    outwardId: id,
    channel,
    told: [{ notice: id, createdAt: now, event, head }],
    known: [],
    thread: [],
    attempts: 0,
    firstAttemptAt: null,
    remaining: null,
    state: 'pending',
  };
}
