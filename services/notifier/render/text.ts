import { type Block, type Letter, stopsAll } from '../letter.ts';
import { codeLines, inline, visible } from './visible.ts';

/** The letter as plain text, for mail clients without HTML and for people who prefer it. Lines are not wrapped: clients do. */
export function renderText(letter: Letter): string {
  const parts: string[] = [visible(letter.headline)];
  if (letter.lead.length) parts.push(letter.lead.map(visible).join('\n'));
  for (const block of letter.warnings) parts.push(`!! ${blockText(block)}`);
  if (letter.facts.length) parts.push(table(letter.facts));
  for (const block of letter.blocks) parts.push(blockText(block));
  if (letter.open) parts.push(`${letter.open.words} (you will be asked to sign in):\n${letter.open.url}`);
  if (letter.stop.length > 0) {
    const links = letter.stop.map(({ about, url }) => (about ? `  - ${visible(about)}\n    ${url}` : url));
    const [first, ...others] = letter.stop;
    if (first && others.length > 0)
      parts.push(`Stop all ${letter.stop.length} (you will be asked to confirm):\n${stopsAll(first)}`);
    parts.push([`Stop ${others.length > 0 ? 'one' : 'it'} (you will be asked to confirm):`, ...links].join('\n'));
  }
  if (letter.advice) parts.push(visible(letter.advice));
  parts.push(
    `--\nHead of the ledger’s chain; keep it, it proves later that nothing before it was altered:\n${letter.head}`,
  );
  return `${parts.join('\n\n')}\n`;
}

function blockText({ title, note, rows, code }: Block): string {
  const lines = [`${visible(title)}${note ? `\n${visible(note)}` : ''}`];
  for (const row of rows) {
    const [first = '', ...others] = row;
    const text = code ? codeLines(first).join('\n    ') : inline(first, 1_000);
    lines.push(`  - ${[text, ...others.map((cell) => inline(cell))].join('  ')}`);
  }
  return lines.join('\n');
}

function table(facts: [string, string][]): string {
  const width = Math.max(...facts.map(([label]) => label.length)) + 2;
  return facts.map(([label, value]) => `${`${label}:`.padEnd(width)}${visible(value)}`).join('\n');
}
