// What every page has around it.
import type { Visitor } from '../../../people/browser-sessions.ts';
import { STYLESHEET } from './assets.ts';
import { html, type Html, type Part } from './html.ts';

/** In the order in which they stand. A page that is not everybody's says so itself. */
const NAV: readonly (readonly [path: string, title: string])[] = [
  ['/now', 'Now'],
  ['/requests', 'Requests'],
  ['/record', 'Record'],
  ['/policy', 'Policy'],
  ['/notices', 'Notices'],
  ['/me', 'Me'],
  ['/health', 'Health'],
];

export interface Page {
  title: string;
  /** Null: nobody is signed in, and there is nothing to go to. */
  visitor: Visitor | null;
  /** Of NAV: where this page belongs. */
  at?: string;
  /** Modules of assets.ts; a page works without them. */
  scripts?: readonly string[];
  body: Part;
}

export function layout({ title, visitor, at, scripts = [], body }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · sudoql</title>
<link rel="stylesheet" href="${STYLESHEET}">
${scripts.map((path) => html`<script type="module" src="${path}"></script>`)}
</head>
<body>
<a class="skip" href="#main">To the page</a>
<header class="top"><div class="wide">
<a class="brand" href="/">sudoql</a>
${visitor && navigation(visitor, at)}
</div></header>
<main id="main" class="wide" tabindex="-1">
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}

function navigation(visitor: Visitor, at: string | undefined): Html {
  const links = NAV.map(
    ([path, title]) => html`<li><a href="${path}"${path === at && html` aria-current="page"`}>${title}</a></li>`,
  );
  return html`<nav aria-label="Pages"><ul>${links}</ul></nav>
<form method="post" action="/sign-out" class="who"><span>${visitor.principal.id}</span><button class="quiet">Sign out</button></form>`;
}
