// Discord's webhooks: one embed. https://discord.com/developers/docs/resources/message#embed-object gives the limits.
import type { RESTPostAPIWebhookWithTokenJSONBody } from 'discord-api-types/v10';
import type { Letter } from '../../letter.ts';
import { inline } from '../../render/visible.ts';
import { blockLines, COLOURS, fit, leadLines, markdown, type Marks, say, stopLines } from './chat.ts';
import { type Format, json } from './format.ts';

const TITLE = 200;
const DESCRIPTION = 3_000;
const FIELDS = 10;
/** Characters of all fields together: of an embed's 6,000 the rest. */
const IN_FIELDS = 2_400;

const MARKS: Marks = {
  say: markdown,
  bold: (said) => `**${said}**`,
  link: (said, url) => `[${said}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`,
  warning: '⚠️',
};

export const makeDiscord = (): Format => ({
  audience: 'people',
  outgoing: (_message, letter) => [json(discordPost(letter))],
  problemOf: () => null,
});

function discordPost(letter: Letter): RESTPostAPIWebhookWithTokenJSONBody {
  const lines = [
    ...leadLines(letter, MARKS),
    ...letter.blocks.flatMap((block) => blockLines(block, MARKS)),
    ...stopLines(letter, MARKS),
  ];
  const facts = letter.facts.slice(0, FIELDS);
  const each = Math.floor(IN_FIELDS / Math.max(1, facts.length));
  return {
    embeds: [
      {
        title: markdown(inline(letter.headline, TITLE / 2)),
        description: fit(lines, DESCRIPTION),
        color: Number.parseInt(COLOURS[letter.tone].slice(1), 16),
        fields: facts.map(([name, value]) => ({
          name: inline(name, 40),
          value: cut(say(MARKS, value), each - 40),
          inline: value.length <= 30,
        })),
        footer: { text: letter.head },
      },
    ],
    // Whatever is written in it, nobody is called.
    allowed_mentions: { parse: [] },
  };
}

/** Not within an escape, nor within a character. */
const cut = (text: string, most: number): string =>
  text.length <= most
    ? text || '—'
    : `${text
        .slice(0, most - 1)
        .replace(/\\$/, '')
        .toWellFormed()}…`;
