// What the pages and comments point at is there: files, folders, links between pages and their anchors.
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { pages, projectFiles, read, spans } from './pages.ts';

const all = await pages();
const files = await projectFiles();
const folders = new Set(files.flatMap((path) => path.split('/').map((_, n, parts) => parts.slice(0, n).join('/'))));
const TOP = /^(?:services|clients|policies|test|bench|bin|docs|deploy|\.ci)\//;
const FILE = /\.(?:ts|js|md|sql|rego|go|yaml|yml|json|sh|wire)$/;

/** No file of ours: one that an author may have, and those that the guide of policies writes. */
const OTHERS = /^data\.json$|\bno_friday_writes\b|^[._]/;

/** Whether a file or folder of the project is meant, and is not there. Whoever is near it may leave out the way to it. */
function missing(path: string): boolean {
  // `<class>/…`, `*`: as far as it is certain.
  const parts = path.split('/');
  const open = parts.findIndex((part) => /[<*…]|^[A-Z]+$/.test(part));
  if (OTHERS.test(path)) return false;
  const certain = (open < 0 ? parts : parts.slice(0, open)).join('/').replace(/\/$/, '');
  if (certain === '' || folders.has(certain)) return false;
  return !files.some((file) => file === certain || file.endsWith(`/${certain}`));
}

test('every path in the pages exists', () => {
  const wrong: string[] = [];
  let found = 0;
  for (const page of all) {
    for (const span of spans(page)) {
      if (!/^[\w.@<>*…/-]+$/.test(span) || !(TOP.test(span) || (FILE.test(span) && !span.startsWith('/')))) continue;
      found++;
      if (missing(span)) wrong.push(`${page.path}: ${span}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(found > 100, `${found} paths`);
  assert.ok(missing('services/gateway/nothing.ts') && missing('nothing.ts') && missing('test/nothing/<class>/'));
});

test('every file of the project that a comment names exists', async () => {
  const wrong: string[] = [];
  for (const path of files.filter((file) => /\.(ts|go|rego|yaml|js)$/.test(file) && !file.includes('generated'))) {
    const text = await read(path);
    const comments = text.split('\n').filter((line) => /^\s*(\/\/|\/?\*|#)|\s(\/\/|#) /.test(line));
    for (const line of comments) {
      for (const [named] of line.matchAll(
        /(?<![\w/.:@-])(?:services|docs|test|bench|clients|deploy|policies)\/[\w./-]+\.(?:ts|md|rego|sql)\b/g,
      ))
        if (missing(named)) wrong.push(`${path}: ${named}`);
      for (const [named] of line.matchAll(/(?<![\w/.-])[A-Z]{4,}\.md\b/g))
        if (missing(named)) wrong.push(`${path}: ${named}`);
    }
  }
  assert.deepEqual(wrong, []);
});

/** As the hosts of repositories make them: lower case, without punctuation, dashes for blanks. */
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
const anchors = (text: string) =>
  new Set(
    [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading ?? '')),
  );

test('every link between pages leads to a page, and to a heading of it', async () => {
  const wrong: string[] = [];
  let found = 0;
  for (const page of all) {
    for (const [link, to = ''] of page.text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(to)) continue;
      found++;
      const [path = '', anchor] = to.split('#');
      const target = path === '' ? page.path : posix.join(posix.dirname(page.path), path);
      if (!files.includes(target) && !folders.has(target.replace(/\/$/, ''))) wrong.push(`${page.path}: ${link}`);
      else if (anchor !== undefined && !anchors(await read(target)).has(anchor)) wrong.push(`${page.path}: ${link}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(found > 30, `${found} links`);
});

test('no page stands alone: README or CONTRIBUTING leads to each of docs/', () => {
  const reached = new Set<string>();
  const queue = ['README.md', 'CONTRIBUTING.md'];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const { text } = all.find((page) => page.path === path) ?? { text: '' };
    for (const [, to = ''] of text.matchAll(/\]\(([^)#\s]+\.md)/g)) queue.push(posix.join(posix.dirname(path), to));
  }
  assert.deepEqual(
    all.filter(({ path }) => path.startsWith('docs/') && !reached.has(path)).map(({ path }) => path),
    [],
  );
});
