// What a webhook says. docs/webhooks.md documents it; fields are only ever added.
import type { Letter } from '../letter.ts';
import type { Message } from '../message.ts';
import { visible } from '../render/visible.ts';
import { gatewaysOf } from '../texts/words.ts';

/** Shared by all events of a message about elevations. */
const COMMON = ['principal', 'email', 'target', 'environment', 'reason'] as const;

export function webhookPayload(message: Message, letter: Letter): string {
  const { event, createdAt, head } = message.told[0];
  const { event: type, ...rest } = event;
  const { gateway: _one, ...fields } = { gateway: undefined, ...rest };
  const stops = new Map(letter.stop.map(({ elevation, url }) => [elevation, url]));
  const data =
    'principal' in event
      ? {
          ...Object.fromEntries(COMMON.map((name) => [name, event[name]])),
          elevations: message.told.map((told) => {
            const rest = Object.entries(told.event).filter(
              ([name]) => name !== 'event' && !COMMON.some((common) => common === name),
            );
            return {
              ...Object.fromEntries(rest),
              notice: told.notice,
              stop_url: ('elevation' in told.event && stops.get(told.event.elevation)) || null,
            };
          }),
        }
      : { ...fields, gateways: gatewaysOf(message.told.map((told) => told.event)) };
  return JSON.stringify({
    type,
    timestamp: createdAt.toISOString(),
    data: {
      text: letter.subject,
      ...data,
      head: message.told.reduce((a, b) => (b.head.at >= a.at ? b.head : a), head),
    },
  });
}

/** What Slack's incoming webhooks, and those of Mattermost, Rocket.Chat and others, take. */
export function slackPayload(letter: Letter): string {
  const lines = [
    `*${slackText(letter.headline)}*`,
    ...letter.lead.map(slackText),
    ...letter.warnings.map((block) => `:warning: ${slackText([block.title, block.note].filter(Boolean).join('. '))}`),
    ...letter.facts.map(([label, value]) => `${slackText(label)}: ${slackText(value)}`),
    ...letter.blocks.flatMap((block) => [
      `${slackText(block.title)}:`,
      ...block.rows.slice(0, 20).map((row) => `• ${row.map(slackText).join('  ')}`),
    ]),
    ...letter.stop.map(({ about, url }) => `<${linkUrl(url)}|Stop ${about ? slackText(about) : 'it'}>`),
    `\`${letter.head}\``,
  ];
  return JSON.stringify({ text: lines.join('\n').slice(0, 30_000) });
}

/**
 * One line in which nobody is called and no link is made: not by Slack, where `<`, `>` and `&` do that, nor by the Markdown and the
 * mentions of others that take its format.
 */
function slackText(text: string): string {
  const line = visible(text)
    .replaceAll('](', `]${APART}(`)
    .replace(/@(?=all|here|channel|everyone)/gi, `@${APART}`);
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Has no width and joins nothing. */
const APART = '\u200c';

/** A link's end and its text's beginning are marked by characters that a URL does not need. */
function linkUrl(url: string): string {
  return new URL(url).href.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E');
}
