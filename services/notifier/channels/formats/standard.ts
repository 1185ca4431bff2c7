// Standard Webhooks, signed. docs/webhooks.md and docs/webhook.schema.json say what is in it; fields are only ever added.
import { Webhook } from 'standardwebhooks';
import type { Letter } from '../../letter.ts';
import type { Message } from '../../message.ts';
import { gatewaysOf } from '../../texts/words.ts';
import type { WebhookSettings } from '../channel.ts';
import { webhookKey } from '../webhook-key.ts';
import type { Format } from './format.ts';

/** Shared by all events of a message about elevations. */
const COMMON = ['principal', 'email', 'target', 'environment', 'reason'] as const;

export function makeStandard({ name, secret, previousSecret }: WebhookSettings): Format {
  // The new one first; a receiver takes whichever it knows.
  const signers = [secret ?? '', ...(previousSecret ? [previousSecret] : [])].map((each) => signer(name, each));
  return {
    audience: 'programs',
    outgoing(message, letter, at) {
      const body = standardPayload(message, letter);
      const signature = signers.map((each) => each.sign(message.id, at, body)).join(' ');
      return [{ path: null, headers: { 'webhook-signature': signature }, body }];
    },
    problemOf: () => null,
  };
}

function signer(channel: string, secret: string): Webhook {
  try {
    return new Webhook(webhookKey(secret), { format: 'raw' });
  } catch (error) {
    throw new Error(`Channel ${channel}: ${error instanceof Error ? error.message : String(error)} as its secret.`);
  }
}

function standardPayload(message: Message, letter: Letter): string {
  const { event, createdAt, head } = message.told[0];
  const { event: type, ...rest } = event;
  const { gateway: _one, ...fields } = { gateway: undefined, ...rest };
  const stops = new Map(letter.stop.map(({ elevation, url }) => [elevation, url]));
  const ofElevations = message.told.every((told) => told.event.event.startsWith('elevation.'));
  const about = { notice: message.told[0].notice, place: message.told[0].place };
  const data =
    'principal' in event && ofElevations
      ? {
          ...Object.fromEntries(COMMON.map((name) => [name, event[name]])),
          elevations: message.told.map((told) => {
            const rest = Object.entries(told.event).filter(
              ([name]) => name !== 'event' && !COMMON.some((common) => common === name),
            );
            return {
              ...Object.fromEntries(rest),
              notice: told.notice,
              place: told.place,
              stop_url: ('elevation' in told.event && stops.get(told.event.elevation)) || null,
            };
          }),
        }
      : 'principal' in event
        ? { ...fields, ...about, page_url: letter.open?.url ?? null }
        : { ...fields, gateways: gatewaysOf(message.told.map((told) => told.event)) };
  return JSON.stringify({
    type,
    timestamp: createdAt.toISOString(),
    data: {
      text: letter.subject,
      ...data,
      head: message.told.reduce((newest, told) => (told.head.at >= newest.at ? told.head : newest), head),
    },
  });
}
