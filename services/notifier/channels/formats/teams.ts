// Microsoft Teams: a webhook of its Workflows ("Post to a channel when a webhook request is received") takes one Adaptive Card.
// Values stand in runs of text, which are no Markdown. https://adaptivecards.io/explorer/
import type { Letter } from '../../letter.ts';
import { inline } from '../../render/visible.ts';
import { type Format, json } from './format.ts';

const ROWS = 20;
/** Actions that Teams shows of a card. */
const STOPS = 6;
/** Bytes of a message that Teams takes: 28 KB, with room for the rest of it. */
const MOST = 24_000;
const VALUE = 500;

type Run = { type: 'TextRun'; text: string; weight?: 'Bolder'; fontType?: 'Monospace'; isSubtle?: boolean };
type Paragraph = { type: 'RichTextBlock'; inlines: Run[]; spacing?: 'Small' };

export interface TeamsPost {
  type: 'message';
  attachments: {
    contentType: 'application/vnd.microsoft.card.adaptive';
    contentUrl: null;
    content: {
      $schema: string;
      type: 'AdaptiveCard';
      version: '1.4';
      fallbackText: string;
      msteams: { width: 'Full' };
      body: (
        | { type: 'Container'; style: 'good' | 'warning' | 'attention'; bleed: true; items: Paragraph[] }
        | Paragraph
      )[];
      actions: { type: 'Action.OpenUrl'; title: string; url: string }[];
    };
  }[];
}

const STYLES = { calm: 'good', write: 'warning', alarm: 'attention' } as const;

export const makeTeams = (): Format => ({
  audience: 'people',
  outgoing: (_message, letter) => [json(teamsPost(letter))],
  // Workflows answers 202 of what it posts.
  problemOf: () => null,
});

export function teamsPost(letter: Letter): TeamsPost {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          fallbackText: inline(letter.subject).replaceAll(/[\\`*_[\]()<>#-]/g, '\\$&'),
          msteams: { width: 'Full' },
          body: [
            {
              type: 'Container',
              style: STYLES[letter.tone],
              bleed: true,
              items: [paragraph(bold(inline(letter.headline, 250)))],
            },
            ...bounded(paragraphs(letter)),
            paragraph({ type: 'TextRun', text: letter.head, fontType: 'Monospace', isSubtle: true }),
          ],
          actions: letter.stop.slice(0, STOPS).map(({ about, url }) => ({
            type: 'Action.OpenUrl',
            title: about ? `Stop ${inline(about, 60)}` : 'Stop it',
            url: new URL(url).href,
          })),
        },
      },
    ],
  };
}

function* paragraphs(letter: Letter): Generator<Paragraph> {
  for (const sentence of letter.lead) yield paragraph(plain(sentence));
  for (const { title, note, rows } of letter.warnings) {
    yield paragraph(bold(`⚠ ${inline([title, note].filter(Boolean).join('. '), VALUE)}`));
    yield* listed(rows);
  }
  for (const [label, value] of letter.facts) yield paragraph(bold(`${inline(label)}: `), plain(value));
  for (const { title, note, rows } of letter.blocks) {
    yield paragraph(bold(`${inline(title)}:`), ...(note ? [plain(` ${note}`)] : []));
    yield* listed(rows);
  }
}

function* listed(rows: string[][]): Generator<Paragraph> {
  for (const row of rows.slice(0, ROWS))
    yield paragraph(plain(`• ${row.map((cell) => inline(cell, VALUE)).join('  ')}`));
  if (rows.length > ROWS) yield paragraph(plain(`… and ${rows.length - ROWS} more`));
}

/** As many as fit; the last one says that there is more. */
function bounded(all: Iterable<Paragraph>): Paragraph[] {
  const kept: Paragraph[] = [];
  let size = 0;
  for (const each of all) {
    size += Buffer.byteLength(JSON.stringify(each));
    if (size > MOST) return [...kept, paragraph(plain('… and more: the record has it all.'))];
    kept.push(each);
  }
  return kept;
}

const plain = (text: string): Run => ({ type: 'TextRun', text: inline(text, VALUE) });
const bold = (text: string): Run => ({ type: 'TextRun', text, weight: 'Bolder' });
const paragraph = (...inlines: Run[]): Paragraph => ({ type: 'RichTextBlock', inlines, spacing: 'Small' });
