// The few words that the stop link's page says. No script, no remote content; every value is escaped.
import type { ElevationRecord } from '../../../ledger/read/elevation-records.ts';

export type StopPage = { kind: 'unknown' } | { kind: 'confirm' | 'ended' | 'stopped'; record: ElevationRecord };

export const STYLE = `
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
body { max-width: 34rem; margin: 12vh auto; padding: 0 1.2rem; }
h1 { font-size: 1.35rem; line-height: 1.3; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; }
dt { opacity: .65; } dd { margin: 0; overflow-wrap: anywhere; }
button { font: inherit; font-weight: 600; padding: .7rem 1.4rem; border: 0; border-radius: .5rem; background: #b3261e; color: #fff; cursor: pointer; }
p { opacity: .85; }
`;

export function page(shown: StopPage): string {
  switch (shown.kind) {
    case 'unknown':
      return frame(
        'This link does not work',
        '<p>It is not one of ours, or it was cut off on its way to you. Copy the whole link from the mail.</p>',
      );
    case 'ended':
      return frame(
        'It is already over',
        `${facts(shown.record)}<p>Nothing is left to stop. The closing message says what was written.</p>`,
      );
    case 'stopped':
      return frame(
        'Stopped',
        `${facts(shown.record)}<p>The open transaction is being rolled back and the connection closed. A closing message will say what was written and whether the connection is gone.</p>`,
      );
    case 'confirm':
      return frame(
        `${shown.record.principal} can write to ${shown.record.target}`,
        `${facts(shown.record)}<p>Stopping rolls back the open transaction and ends the connection. ${escaped(shown.record.principal)} is told that it was stopped.</p>
<form method="post"><button type="submit">Stop it now</button></form>`,
      );
  }
}

function facts(record: ElevationRecord): string {
  const rows: [string, string][] = [
    ['Who', record.principal],
    ['Where', record.target],
    ['Why', record.reason],
    ['Since', time(record.startedAt)],
    [record.endedAt ? 'Ended' : 'Until', time(record.endedAt ?? record.deadline)],
  ];
  return `<dl>${rows.map(([term, value]) => `<dt>${term}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;
}

function frame(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · sudoql</title><style>${STYLE}</style></head>
<body><h1>${escaped(title)}</h1>${body}</body></html>
`;
}

function time(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
