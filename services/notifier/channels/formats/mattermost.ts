// Mattermost's incoming webhooks: one attachment with a colour. https://developers.mattermost.com/integrate/webhooks/incoming/
import type { Letter } from '../../letter.ts';
import { inline } from '../../render/visible.ts';
import { blockLines, COLOURS, fit, leadLines, markdown, type Marks, say, stopLines } from './chat.ts';
import { type Format, json } from './format.ts';
import { slackProblem } from './slack.ts';

/** Of a post, attachments included, Mattermost takes 16,383 characters. */
const TEXT = 10_000;
const FIELDS = 12;

const MARKS: Marks = {
  say: markdown,
  bold: (said) => `**${said}**`,
  link: (said, url) => `[${said}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`,
  warning: ':warning:',
};

export interface MattermostPost {
  attachments: {
    /** Shown where attachments are not, such as in a phone's notification. */
    fallback: string;
    color: string;
    title: string;
    text: string;
    fields: { short: boolean; title: string; value: string }[];
    footer: string;
  }[];
}

export const makeMattermost = (): Format => ({
  audience: 'people',
  outgoing: (_message, letter) => [json(mattermostPost(letter))],
  problemOf: slackProblem,
});

export function mattermostPost(letter: Letter): MattermostPost {
  const lines = [
    ...leadLines(letter, MARKS),
    ...letter.blocks.flatMap((block) => blockLines(block, MARKS)),
    ...stopLines(letter, MARKS),
  ];
  return {
    attachments: [
      {
        fallback: markdown(inline(letter.subject)),
        color: COLOURS[letter.tone],
        title: markdown(inline(letter.headline, 250)),
        text: fit(lines, TEXT),
        fields: letter.facts.slice(0, FIELDS).map(([title, value]) => ({
          short: value.length <= 30,
          title: inline(title),
          value: say(MARKS, value).slice(0, 1_000),
        })),
        footer: letter.head,
      },
    ],
  };
}
