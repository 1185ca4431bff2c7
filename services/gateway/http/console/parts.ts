// What pages are put together from.
import { inWords } from '../../../contract/durations.ts';
import { clockTime } from '../../../notifier/render/times.ts';
import { html, type Html, type Part } from './html.ts';

/** A moment as mails say it; the browser's own words for it are in its title. */
export function time(at: Date, now: Date): Html {
  return html`<time datetime="${at.toISOString()}" title="${at.toISOString()}">${clockTime(at, now)}</time>`;
}

/** `for 3 min`, `3 min ago`. */
export function ago(at: Date, now: Date): Html {
  const seconds = (now.getTime() - at.getTime()) / 1_000;
  const words = seconds < 60 ? 'just now' : `${inWords(seconds)} ago`;
  return html`<time datetime="${at.toISOString()}" title="${at.toISOString()}">${words}</time>`;
}

/** Term and value, one beside the other; on a phone one under the other. */
export function facts(list: readonly (readonly [term: string, value: Part] | null)[]): Html {
  const rows = list.flatMap((each) => (each ? [html`<div><dt>${each[0]}</dt><dd>${each[1]}</dd></div>`] : []));
  return html`<dl class="facts">${rows}</dl>`;
}

/** Where a list goes on; nothing where it does not. */
export const more = (path: string | null, words = 'More'): Part =>
  path !== null && html`<p><a class="button quiet" href="${path}">${words}</a></p>`;

/** Sentences, one under the other. */
export function list(lines: readonly string[], none: string): Html {
  if (lines.length === 0) return html`<p class="soft">${none}</p>`;
  return html`<ul class="lines">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

/** Where nothing is: what would be there. */
export const empty = (words: string): Html => html`<p class="empty">${words}</p>`;

/** A button that changes something: a form of its own, which works without script. */
export function action(
  path: string,
  words: string,
  kind: 'quiet' | 'danger' | 'plain' = 'plain',
  fields: Record<string, string> = {},
): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="${path}">${hidden}<button class="${kind}">${words}</button></form>`;
}

/** A column's name; what is `wide` takes two fifths of the table. */
type Column = string | { wide: string };

/**
 * A table whose rows are cards on a phone: each cell has its column's name. Columns are as wide as their heads say, whatever comes in them,
 * so that nothing moves while a long page comes in.
 */
export function table(columns: readonly Column[], rows: readonly (readonly Part[])[]): Html {
  const names = columns.map((column) => (typeof column === 'string' ? column : column.wide));
  // A column of buttons or links says itself what it is.
  const head = columns.map((column) => {
    if (column === '') return html`<td></td>`;
    return typeof column === 'string'
      ? html`<th scope="col">${column}</th>`
      : html`<th scope="col" class="wider">${column.wide}</th>`;
  });
  const body = rows.map(
    (cells) => html`<tr>${cells.map((cell, i) => html`<td data-label="${names[i]}">${cell}</td>`)}</tr>
`,
  );
  return html`<table><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table>`;
}
