// A policy that came over the network, held to what a directory is held to.
import type { Problem } from '../compiler/messages.ts';
import { DIRECTORY_LIMITS, type DirectoryLimits } from './directory-source.ts';
import { isData, isRego, type PolicyFiles, SETTINGS_SCHEMA } from './policy-files.ts';

/**
 * Characters that no name has: half of a surrogate pair (all halves have one UTF-8, and two policies would have one hash), and those
 * that end lines or are not seen, so that a problem's place, or a summary, would read as another.
 */
const NOT_PLAIN = /[\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** `named`: path → text. Never throws. */
export function uploadedFiles(
  named: Record<string, string>,
  limits: DirectoryLimits = DIRECTORY_LIMITS,
): { ok: true; files: PolicyFiles } | { ok: false; problems: Problem[] } {
  const problems: Problem[] = [];
  const files = new Map<string, string>();
  let total = 0;
  for (const [path, text] of Object.entries(named)) {
    const problem = (code: string, message: string) => problems.push({ file: path.slice(0, 200), code, message });
    const size = Buffer.byteLength(text);
    total += size;
    if (problems.length >= 50) break;
    const parts = path.split('/');
    if (path.length > 1_000 || parts.some((part) => part === '' || part.startsWith('.') || NOT_PLAIN.test(part)))
      problem('bad_path', 'a path is relative, of plain names with "/" between them');
    else if (parts.length > limits.depth + 1) problem('too_deep', `more than ${limits.depth} folders deep`);
    else if (!isRego(path) && !isData(path) && path !== SETTINGS_SCHEMA)
      problem('not_read', 'a policy is made of .rego files, data.yaml or data.json, and schemas/settings.json');
    else if (size > (path.endsWith('.yaml') ? limits.data : limits.file))
      problem('too_large', `larger than ${path.endsWith('.yaml') ? limits.data : limits.file} bytes`);
    else if (!text.isWellFormed()) problem('not_utf8', 'not UTF-8');
    // As what reads a directory does.
    else files.set(path, text.replace(/^\ufeff/, ''));
  }
  if (total > limits.total) problems.push({ code: 'too_large', message: `larger than ${limits.total} bytes` });
  if (Object.keys(named).length > limits.files)
    problems.push({ code: 'too_many', message: `more than ${limits.files} files` });
  if (problems.length === 0 && ![...files.keys()].some(isRego))
    problems.push({ code: 'no_policy', message: 'there is no .rego file' });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, files };
}
