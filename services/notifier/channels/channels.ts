import type { Channel, ChannelSettings } from './channel.ts';
import { makeEmail } from './email.ts';
import { makeWebhook } from './webhook.ts';

/** Throws on settings that can never work (a URL or secret of the wrong form), naming the channel. */
export function makeChannels(settings: Record<string, ChannelSettings>): Map<string, Channel> {
  return new Map(
    Object.entries(settings).map(([name, each]) => [name, each.type === 'email' ? makeEmail(each) : makeWebhook(each)]),
  );
}
