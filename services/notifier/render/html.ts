// The letter as HTML for mail clients: one table of at most 600 px, styles inline (some clients drop <style>), nothing fetched from anywhere.
import { type Block, type Letter, type StopOne, stopsAll } from '../letter.ts';
import { codeLines, inline, visible } from './visible.ts';

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const say = (text: string): string => escapeHtml(visible(text));

const TONES = {
  write: { bar: '#d97706', text: '#b45309', label: 'WRITE ACCESS' },
  calm: { bar: '#475569', text: '#475569', label: 'FOR YOUR INFORMATION' },
  alarm: { bar: '#dc2626', text: '#b91c1c', label: 'PLEASE LOOK' },
} as const;

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";

/** Only what inline styles cannot say: the dark colours, and narrow screens. Where it is dropped, the mail is light. */
const STYLE = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page{background:#0b1020!important}.card{background:#161d2f!important;border-color:#2a344d!important}
.ink{color:#e6eaf2!important}.soft{color:#9aa6bd!important}.line{border-color:#2a344d!important}
.code{background:#0f1525!important;color:#d6deee!important}.warn{background:#3b1a1a!important;border-color:#7f1d1d!important}
.warn .ink{color:#fde8e8!important}.warn .soft{color:#f3b4b4!important}.warn .code{background:#291212!important;color:#fde8e8!important}
.write{color:#fbbf24!important}.calm{color:#94a3b8!important}.alarm{color:#f87171!important}
.button{background:#f87171!important;color:#1b0b0b!important}.open{background:#93b4ff!important;color:#0b1020!important}.link{color:#fca5a5!important}}
@media (max-width:620px){.pad{padding-left:20px!important;padding-right:20px!important}.label{width:92px!important}}`;

export function renderHtml(letter: Letter): string {
  const tone = TONES[letter.tone];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${say(letter.subject)}</title><style>${STYLE}</style></head>
<body class="page" style="margin:0;padding:0;background:#f1f4f9;${FONT}">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f1f4f9"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="600" cellpadding="0" cellspacing="0" style="width:100%;max-width:600px;background:#ffffff;border:1px solid #dfe5ee;border-radius:10px;border-collapse:separate;overflow:hidden">
<tr><td style="height:6px;line-height:6px;font-size:0;background:${tone.bar};border-radius:9px 9px 0 0">&nbsp;</td></tr>
<tr><td class="pad" style="padding:22px 32px 0">
<div class="${letter.tone}" style="font-size:12px;font-weight:700;letter-spacing:.08em;color:${tone.text}">${say(letter.label ?? tone.label)}</div>
<h1 class="ink" style="margin:6px 0 0;font-size:21px;line-height:1.35;font-weight:700;color:#101828;overflow-wrap:anywhere">${say(letter.headline)}</h1>
${letter.lead.map((sentence) => `<p class="ink" style="margin:10px 0 0;font-size:15px;line-height:1.5;color:#1f2937;overflow-wrap:anywhere">${say(sentence)}</p>`).join('\n')}
</td></tr>
${letter.warnings.map(warning).join('')}${facts(letter.facts)}${letter.blocks.map((block) => `<tr><td class="pad" style="padding:20px 32px 0">${blockBody(block)}</td></tr>`).join('')}${open(letter.open ?? null)}${stop(letter.stop)}${letter.advice ? `<tr><td class="pad soft" style="padding:18px 32px 0;font-size:13px;line-height:1.5;color:#526077">${say(letter.advice)}</td></tr>` : ''}
<tr><td class="pad" style="padding:24px 32px 24px"><div class="line soft" style="border-top:1px solid #e5eaf1;padding-top:14px;font-size:11px;line-height:1.5;color:#667085">Head of the ledger’s chain. Keep this mail: the line proves later that nothing before it was altered.<br>
<span style="${MONO};overflow-wrap:anywhere;word-break:break-all">${say(letter.head)}</span></div></td></tr>
</table></td></tr></table></body></html>
`;
}

function facts(list: [string, string][]): string {
  if (list.length === 0) return '';
  const rows = list.map(
    ([label, value], i) =>
      `<tr><td class="soft line label" valign="top" width="120" style="width:120px;padding:9px 12px 9px 0;font-size:13px;line-height:1.5;color:#526077;${i ? 'border-top:1px solid #e5eaf1' : ''}">${say(label)}</td><td class="ink line" valign="top" style="padding:9px 0;font-size:15px;line-height:1.45;color:#101828;overflow-wrap:anywhere;${i ? 'border-top:1px solid #e5eaf1' : ''}">${say(value)}</td></tr>`,
  );
  return `<tr><td class="pad" style="padding:16px 32px 0"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="table-layout:fixed">${rows.join('')}</table></td></tr>`;
}

function warning(block: Block): string {
  return `<tr><td class="pad" style="padding:18px 32px 0"><table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td class="warn" style="background:#fef2f2;border:1px solid #fecaca;border-radius:8px;padding:14px 16px">${blockBody(block, '#ffffff')}</td></tr></table></td></tr>`;
}

function blockBody({ title, note, rows, code }: Block, paper = '#f3f5f9'): string {
  const cell = (text: string, first: boolean): string =>
    first && code
      ? `<td style="padding:6px 0 0"><div class="code" style="background:${paper};border-radius:6px;padding:8px 10px;${MONO};font-size:12px;line-height:1.5;color:#1f2937;overflow-wrap:anywhere;white-space:pre-wrap">${escapeHtml(codeLines(text).join('\n'))}</div></td>`
      : `<td class="ink line" valign="top" align="${first ? 'left' : 'right'}" style="padding:7px 0;font-size:14px;line-height:1.45;color:#1f2937;${code ? '' : 'border-top:1px solid #e5eaf1;'}overflow-wrap:anywhere${first ? '' : `;white-space:nowrap;padding-left:16px${code ? ';padding-top:14px' : ''}`}">${escapeHtml(inline(text, 1_000))}</td>`;
  const body = rows.map((row) => `<tr>${row.map((text, i) => cell(text, i === 0)).join('')}</tr>`).join('');
  return `${heading(title)}${
    note
      ? `<div class="soft" style="margin:3px 0 6px;font-size:13px;line-height:1.5;color:#526077">${say(note)}</div>`
      : ''
  }${body ? `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin-top:4px">${body}</table>` : ''}`;
}

const heading = (title: string): string =>
  `<div class="ink" style="font-size:14px;line-height:1.45;font-weight:700;color:#101828">${say(title)}</div>`;

function open(link: NonNullable<Letter['open']> | null): string {
  if (!link) return '';
  return `<tr><td class="pad" style="padding:22px 32px 0"><a class="open" href="${escapeHtml(link.url)}" style="display:inline-block;background:#1d4ed8;color:#ffffff;border-radius:7px;padding:11px 20px;font-size:15px;font-weight:700;text-decoration:none">${say(link.words)}</a><div class="soft" style="margin-top:8px;font-size:13px;line-height:1.5;color:#526077">You will be asked to sign in.</div></td></tr>`;
}

function stop(links: StopOne[]): string {
  const [first] = links;
  if (!first) return '';
  const note = `<div class="soft" style="margin-top:8px;font-size:13px;line-height:1.5;color:#526077">Opening it stops nothing yet: you will be asked to confirm. No password is needed.</div>`;
  if (links.length === 1) {
    return `<tr><td class="pad" style="padding:22px 32px 0"><a class="button" href="${escapeHtml(first.url)}" style="display:inline-block;background:#dc2626;color:#ffffff;border-radius:7px;padding:11px 20px;font-size:15px;font-weight:700;text-decoration:none">Stop it</a>${note}</td></tr>`;
  }
  const rows = links.map(
    ({ about, url }) =>
      `<tr><td class="ink line" style="padding:7px 0;font-size:14px;line-height:1.45;color:#1f2937;border-top:1px solid #e5eaf1;overflow-wrap:anywhere">${say(about ?? '')}</td><td class="line" align="right" style="padding:7px 0 7px 16px;border-top:1px solid #e5eaf1"><a class="link" href="${escapeHtml(url)}" style="color:#b91c1c;font-size:14px;font-weight:700">Stop</a></td></tr>`,
  );
  const all = `<a class="button" href="${escapeHtml(stopsAll(first))}" style="display:inline-block;margin-bottom:14px;background:#dc2626;color:#ffffff;border-radius:7px;padding:11px 20px;font-size:15px;font-weight:700;text-decoration:none">Stop all ${links.length}</a>`;
  return `<tr><td class="pad" style="padding:20px 32px 0">${all}${heading('The sessions')}<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin-top:4px">${rows.join('')}</table>${note}</td></tr>`;
}
