// Slack's incoming webhooks: blocks, and the same as text for its notifications and for others that take this shape and know no blocks
// (Rocket.Chat, older Mattermost). https://docs.slack.dev/reference/block-kit/blocks gives the limits.
import type { KnownBlock } from '@slack/types';
import type { Letter } from '../../letter.ts';
import { inline } from '../../render/visible.ts';
import { APART, blockLines, factLines, fit, leadLines, type Marks, say, stopLines } from './chat.ts';
import { type Format, json } from './format.ts';

const HEADER = 150;
const SECTION = 3_000;
const TEXT = 30_000;

const MARKS: Marks = {
  say: slackText,
  bold: (said) => `*${said}*`,
  // A link's end and its text's beginning are marked by characters that a URL does not need.
  link: (said, url) =>
    `<${url.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E')}|${said.replaceAll('|', '¦')}>`,
  warning: ':warning:',
};

export const makeSlack = (): Format => ({
  audience: 'people',
  outgoing: (_message, letter) => [json({ text: slackLines(letter), blocks: slackBlocks(letter) })],
  problemOf: slackProblem,
});

function slackLines(letter: Letter): string {
  const lines = [
    MARKS.bold(say(MARKS, letter.headline)),
    ...leadLines(letter, MARKS),
    ...factLines(letter, MARKS),
    ...letter.blocks.flatMap((block) => blockLines(block, MARKS)),
    ...stopLines(letter, MARKS),
    `\`${letter.head}\``,
  ];
  return fit(lines, TEXT);
}

function slackBlocks(letter: Letter): KnownBlock[] {
  const sections = [
    leadLines(letter, MARKS),
    factLines(letter, MARKS),
    ...letter.blocks.slice(0, 20).map((block) => blockLines(block, MARKS)),
    stopLines(letter, MARKS),
  ].filter((lines) => lines.length > 0);
  return [
    { type: 'header', text: { type: 'plain_text', text: inline(letter.headline, HEADER), emoji: false } },
    // Verbatim: names of people and channels in it are not made into links.
    ...sections.map(
      (lines): KnownBlock => ({
        type: 'section',
        text: { type: 'mrkdwn', text: fit(lines, SECTION), verbatim: true },
      }),
    ),
    { type: 'context', elements: [{ type: 'mrkdwn', text: `\`${letter.head}\``, verbatim: true }] },
  ];
}

/**
 * One line in which nobody is called and no link is made: not by Slack, where `<`, `>` and `&` do that, nor by the Markdown and the
 * mentions of others that take its format.
 */
function slackText(text: string): string {
  const line = text.replaceAll('](', `]${APART}(`).replace(/@(?=all|here|channel|everyone)/gi, `@${APART}`);
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * Slack and those that take its format say 200 and `ok` of what was posted; some say 200 of an error, by its name or as JSON.
 * Accepted (202) is not posted. A body that nobody knows counts as posted: it would be posted again at each attempt.
 */
export function slackProblem(status: number, body: string): string | null {
  if (status === 202) return 'The receiver answered 202: taken in, and not posted.';
  const text = body.trim();
  if (/^[a-z]+(?:_[a-z]+)+$/.test(text)) return `The receiver answered ${status} with the error ${text}.`;
  const said = jsonOf(text);
  if (said === null || (said.ok !== false && said.success !== false)) return null;
  const why = said.error ?? said.message;
  return `The receiver answered ${status} with an error${typeof why === 'string' ? `: ${why.slice(0, 200)}` : '.'}`;
}

function jsonOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
