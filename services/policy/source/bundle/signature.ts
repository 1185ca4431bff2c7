// Signatures of OPA's bundles (https://www.openpolicyagent.org/docs/latest/management-bundles/#signing): one JWT over the hashes of all files.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { parse } from 'yaml';
import { type ArchivedFile, BundleRefused } from './tar.ts';

export const SIGNATURES = '.signatures.json';

/** Of public keys alone: with a shared secret, whoever verifies could sign. */
export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface BundleKey {
  /** PEM: a public key or a certificate. */
  key: string;
  algorithm: Algorithm;
  /** What the signature must say it is for; null: nothing. */
  scope: string | null;
}

/** When the signature says that it was made, in seconds of Unix time; null when it does not. */
export interface Signed {
  issuedAt: number | null;
}

const HASHES: Record<string, string> = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

/** Throws BundleRefused unless the signature is good, and is over these very files, each of them. */
export function verifyBundle(files: readonly ArchivedFile[], { key, algorithm, scope }: BundleKey): Signed {
  const payload = payloadOf(files.find(({ path }) => path === SIGNATURES)?.content, key, algorithm);
  if ((payload.scope ?? '') !== (scope ?? '')) throw new BundleRefused('its signature is for another scope');
  const signed = new Map<string, { hash: unknown; algorithm: unknown }>();
  for (const one of Array.isArray(payload.files) ? (payload.files as Record<string, unknown>[]) : []) {
    const name = String(one.name).replace(/^\/+/, '');
    if (signed.has(name)) throw new BundleRefused(`its signature names ${name} twice`);
    signed.set(name, { hash: one.hash, algorithm: one.algorithm });
  }
  const seen = new Set<string>();
  for (const { path, content } of files) {
    if (seen.has(path)) throw new BundleRefused(`${path} is in it twice`);
    seen.add(path);
    if (path === SIGNATURES) continue;
    const said = signed.get(path);
    if (!said) throw new BundleRefused(`${path} is not in its signature`);
    signed.delete(path);
    const hash = HASHES[String(said.algorithm)];
    if (!hash)
      throw new BundleRefused(`${path} is signed by ${String(said.algorithm)}, and not by SHA-256, 384 or 512`);
    if (createHash(hash).update(hashed(path, content)).digest('hex') !== said.hash)
      throw new BundleRefused(`${path} is not what was signed`);
  }
  const [missing] = signed.keys();
  if (missing !== undefined) throw new BundleRefused(`${missing} was signed and is not there`);
  return { issuedAt: typeof payload.iat === 'number' ? payload.iat : null };
}

function payloadOf(signatures: Buffer | undefined, key: string, algorithm: Algorithm): Record<string, unknown> {
  if (!signatures) throw new BundleRefused(`it is not signed: it has no ${SIGNATURES}`);
  const [token, ...more] = list(json(signatures.toString(), SIGNATURES).signatures);
  if (typeof token !== 'string' || more.length > 0) throw new BundleRefused('it has not exactly one signature');
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0) throw new BundleRefused('its signature is no JWT');
  const said = json(Buffer.from(header, 'base64url').toString(), 'the signature’s header');
  // What is configured holds, not what whoever signed would like.
  if (said.alg !== algorithm) throw new BundleRefused(`it is signed by ${String(said.alg)}, and not by ${algorithm}`);
  if (said.crit !== undefined) throw new BundleRefused('its signature demands what is not known here');
  const form = {
    ...(algorithm.startsWith('PS') && { padding: 6, saltLength: -1 }),
    ...(algorithm.startsWith('ES') && { dsaEncoding: 'ieee-p1363' as const }),
  };
  const good = verify(
    `sha${algorithm.slice(2)}`,
    Buffer.from(`${header}.${payload}`),
    { key: createPublicKey(key), ...form },
    Buffer.from(signature, 'base64url'),
  );
  if (!good) throw new BundleRefused('its signature is not of the configured key');
  return json(Buffer.from(payload, 'base64url').toString(), 'the signature');
}

/** Files of data are hashed as JSON with sorted keys and nothing between; all others as they are. */
function hashed(path: string, content: Buffer): Buffer | string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === '.manifest' || name === 'data.json') return canonical(json(content.toString(), path));
  if (name !== 'data.yaml' && name !== 'data.yml') return content;
  try {
    return canonical(parse(content.toString(), { maxAliasCount: 0, schema: 'core' }));
  } catch (error) {
    throw new BundleRefused(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A number as it is written in the file. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function json(text: string, what: string): Record<string, unknown> {
  try {
    const keep = (_key: string, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && context?.source !== undefined && !what.startsWith('the ')
        ? new NumberText(context.source)
        : value;
    const value: unknown = JSON.parse(text, keep as Parameters<typeof JSON.parse>[1]);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new BundleRefused(`${what} is no object of JSON`);
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function canonical(value: unknown): string {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return primitive(value);
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${keys.map((key) => `${primitive(key)}:${canonical((value as Record<string, unknown>)[key])}`).join(',')}}`;
}

/** As Go writes it. */
const primitive = (value: unknown): string =>
  JSON.stringify(value ?? null).replace(/[\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`);
