// What was said of an elevation, and what one may say.
import type { Remark } from '../../../elevation/remarks.ts';
import type { ElevationRecord } from '../../../ledger/read/elevation-records.ts';
import { html, type Html } from './html.ts';
import { ago, empty } from './parts.ts';

const SAID: Record<Remark['says'], string> = {
  comment: 'noted',
  acknowledged: 'has seen it',
  question: 'asks',
  answer: 'answers',
};

export interface RemarksShown {
  record: ElevationRecord;
  said: readonly Remark[];
  /** Whether whoever looks is who writes. */
  mine: boolean;
  /** Whether they may say something. */
  remark: boolean;
  now: Date;
}

export function remarksPart({ record, said, mine, remark, now }: RemarksShown): Html {
  const lines = said.map(
    ({
      by,
      says,
      text,
      at,
    }) => html`<li><strong>${by}</strong> ${SAID[says]}, ${ago(at, now)}${text !== null && html`<blockquote class="quote">${text}</blockquote>`}</li>
`,
  );
  return html`<h2 id="said">Said of it</h2>
${lines.length === 0 ? empty('Nothing yet. Who has seen it, and what was asked and answered, stands here.') : html`<ul class="said">${lines}</ul>`}
${remark && (mine ? answerForm(record) : askForms(record))}`;
}

function answerForm({ id }: ElevationRecord): Html {
  return html`<form method="post" action="/elevations/${id}/remarks"><label for="text">What you answer; who was told of your writing is told</label>
<textarea id="text" name="text" rows="2" maxlength="500" required></textarea>
<div class="row"><button name="says" value="answer">Answer</button></div></form>`;
}

function askForms({ id, state }: ElevationRecord): Html {
  return html`<form method="post" action="/elevations/${id}/remarks"><label for="text">What you want to say (to have seen it, no words are needed)</label>
<textarea id="text" name="text" rows="2" maxlength="500"></textarea>
<div class="row"><button name="says" value="acknowledged">I have seen it</button>
${state === 'live' && html`<button name="says" value="question" class="quiet">Ask them</button>`}
<button name="says" value="comment" class="quiet">Note it</button></div></form>`;
}
