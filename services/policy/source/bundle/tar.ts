// The plain files of a tar archive (POSIX.1-2017, pax; https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06).

export interface ArchivedFile {
  /** As it stands in the archive, without a leading `./` or `/`. */
  path: string;
  content: Buffer;
}

/** Why a bundle is not used, in words. */
export class BundleRefused extends Error {}

const BLOCK = 512;
/** Kinds of entries: a file, a folder, headers of pax, GNU's name for the next. */
const FILE = /^[0\0]$/;
const FOLDER = '5';
const PAX = 'x';
const PAX_GLOBAL = 'g';
const GNU_NAME = 'L';

/** Throws BundleRefused for what is no such archive, and for anything in it but files and folders. */
export function readTar(archive: Buffer, most: number): ArchivedFile[] {
  const files: ArchivedFile[] = [];
  let pax: Record<string, string> = {};
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    // Two empty blocks are the end; nobody puts one elsewhere.
    if (header.every((byte) => byte === 0)) return files;
    checkSum(header);
    const size = pax.size === undefined ? octal(header.subarray(124, 136)) : Number(pax.size);
    const end = at + BLOCK + size;
    if (!Number.isSafeInteger(size) || size < 0 || end > archive.length)
      throw new BundleRefused('the archive is cut short');
    const content = archive.subarray(at + BLOCK, end);
    const kind = String.fromCharCode(header[156] ?? 0);
    if (kind === PAX) pax = paxOf(content);
    else if (kind === GNU_NAME) pax = { path: cString(content) };
    else if (kind !== PAX_GLOBAL) {
      const path = (pax.path ?? nameOf(header)).replace(/^(\.?\/)+/, '');
      pax = {};
      if (FILE.test(kind)) files.push({ path, content });
      else if (kind !== FOLDER) throw new BundleRefused(`${path} is neither a file nor a folder`);
      if (files.length > most) throw new BundleRefused(`more than ${most} files`);
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new BundleRefused('the archive has no end');
}

function checkSum(header: Buffer): void {
  // The field itself counts as spaces.
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (octal(header.subarray(148, 156)) !== sum) throw new BundleRefused('it is no tar archive');
}

function octal(field: Buffer): number {
  const text = /^ *([0-7]+)[ \0]*$/.exec(field.toString('latin1'))?.[1];
  return text === undefined ? Number.NaN : Number.parseInt(text, 8);
}

const cString = (field: Buffer): string => {
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? field.length : end).toString();
};

function nameOf(header: Buffer): string {
  const name = cString(header.subarray(0, 100));
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? cString(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Records `LENGTH KEY=VALUE\n`, whose length counts itself. */
function paxOf(content: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.toString('latin1', at, space));
    if (space < 0 || !Number.isSafeInteger(length) || length <= space - at || at + length > content.length)
      throw new BundleRefused('a header of the archive cannot be read');
    const record = content.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (equals > 0 && (record.startsWith('path=') || record.startsWith('size=')))
      found[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return found;
}
