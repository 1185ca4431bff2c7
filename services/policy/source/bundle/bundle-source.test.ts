// Signed bundles over HTTPS: archives made by tar, a server of our own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { selfSigned } from '../../../../test/helpers/self-signed.ts';
import { until } from '../../../../test/helpers/until.ts';
import { makeBundleSource, openBundle } from './bundle-source.ts';
import type { Algorithm } from './signature.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = ({ publicKey }: { publicKey: KeyObject }) => publicKey.export({ type: 'spki', format: 'pem' }).toString();
const key = (algorithm: Algorithm = 'RS256', scope: string | null = null) => ({
  ...{ key: pem(algorithm.startsWith('ES') ? ec : rsa), algorithm, scope },
});
const endings: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

const FILES: Record<string, string> = {
  'a/a.rego': 'package a\n',
  'settings/x/data.json': '{ "b": 1.50, "a": [true, "<é\u2028>", 1e2] }',
  'settings/y/data.yaml': '# told\nz: "08:00"\nlist: [1, two]\n',
};
/** What is hashed of each, written out by hand. */
const HASHED: Record<string, string> = {
  ...FILES,
  'settings/x/data.json': '{"a":[true,"<é\\u2028>",1e2],"b":1.50}',
  'settings/y/data.yaml': '{"list":[1,"two"],"z":"08:00"}',
};
const claim = (name: string, text: string) => ({
  ...{ name, hash: createHash('sha256').update(text).digest('hex'), algorithm: 'SHA-256' },
});
const claims = () => Object.entries(HASHED).map(([name, text]) => claim(name, text));

function token(payload: object, alg: string = 'RS256', by: KeyObject = rsa.privateKey): string {
  const text = [{ alg, typ: 'JWT', kid: 'k' }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const form = alg.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  const signature = sign('sha256', Buffer.from(text), { key: by, dsaEncoding: 'ieee-p1363', ...form });
  return `${text}.${signature.toString('base64url')}`;
}

/** As `tar czf` makes it. */
async function bundle(files: Record<string, string>, signatures: unknown): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-bundle-'));
  try {
    for (const [path, text] of Object.entries({ ...files, '.signatures.json': JSON.stringify({ signatures }) })) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    return execFileSync('tar', ['-cz', '-C', directory, '.'], { maxBuffer: 64 * 1_024 ** 2 });
  } finally {
    await rm(directory, { recursive: true });
  }
}
const good = async (payload: object = {}) => bundle(FILES, [token({ files: claims(), ...payload })]);

test('a signed bundle is its files: data is hashed as OPA does, whatever stands between its values', async () => {
  const { files, signedAt } = await openBundle(await good({ iat: 7 }), key());
  assert.deepEqual([Object.fromEntries(files), signedAt], [FILES, 7]);
  const long = `${'d/'.repeat(10)}${'n'.repeat(150)}.rego`;
  const more = { ...FILES, [long]: 'package b\n', '.manifest': '{"revision": "1"}' };
  const signed = [...claims(), claim(`/${long}`, 'package b\n'), claim('/.manifest', '{"revision":"1"}')];
  for (const [alg, by] of [
    ['PS256', rsa.privateKey],
    ['ES256', ec.privateKey],
  ] as const) {
    const opened = await openBundle(
      await bundle(more, [token({ files: signed, scope: 'prod' }, alg, by)]),
      key(alg, 'prod'),
    );
    assert.equal(opened.files.get(long), 'package b\n', 'of a long name, too');
    assert.equal(opened.files.has('.manifest'), false);
  }
});

const other = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const CASES: [what: string, made: () => Promise<Buffer>, why: RegExp][] = [
  ['without a signature', () => bundle(FILES, []), /not exactly one signature/],
  ['with two', () => bundle(FILES, [token({ files: claims() }), token({ files: claims() })]), /not exactly one/],
  [
    'signed by another key',
    () => bundle(FILES, [token({ files: claims() }, 'RS256', other.privateKey)]),
    /not of the configured key/,
  ],
  ['signed by nobody', () => bundle(FILES, [token({ files: claims() }, 'none')]), /signed by none/],
  [
    'signed by what the signer chose',
    () => bundle(FILES, [token({ files: claims() }, 'PS256')]),
    /signed by PS256, and not by RS256/,
  ],
  [
    'with a file that was not signed',
    () => bundle({ ...FILES, 'b.rego': 'package b' }, [token({ files: claims() })]),
    /b\.rego is not in its signature/,
  ],
  [
    'without one that was',
    () => bundle({ 'a/a.rego': FILES['a/a.rego'] ?? '' }, [token({ files: claims() })]),
    /was signed and is not there/,
  ],
  [
    'with one that was changed',
    () => bundle({ ...FILES, 'a/a.rego': 'package a\nallow := true\n' }, [token({ files: claims() })]),
    /a\/a\.rego is not what was signed/,
  ],
  [
    'with a weak hash',
    () => bundle(FILES, [token({ files: claims().map((one) => ({ ...one, algorithm: 'MD5' })) })]),
    /signed by MD5/,
  ],
  ['for another scope', () => good({ scope: 'staging' }), /another scope/],
  ['that is no archive', async () => gzipSync('hello'.repeat(200)), /no tar archive/],
  ['that is not packed', async () => Buffer.from('hello'), /cannot be unpacked/],
  ['that is a bomb', async () => gzipSync(Buffer.alloc(40 * 1_024 ** 2)), /cannot be unpacked/],
  ['that is cut short', async () => gzipSync((await tarOf(await good())).subarray(0, 1_024)), /cut short|no end/],
];
const tarOf = async (bytes: Buffer) => execFileSync('gzip', ['-dc'], { input: bytes, maxBuffer: 64 * 1_024 ** 2 });

for (const [what, made, why] of CASES) {
  test(`a bundle ${what} is refused`, async () => {
    await assert.rejects(openBundle(await made(), key()), why);
  });
}

test('a bundle with a symbolic link is refused, and so is one that leaves its folder', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-bundle-'));
  endings.push(() => rm(directory, { recursive: true }));
  execFileSync('ln', ['-s', '/etc/passwd', join(directory, 'data.json')]);
  const linked = execFileSync('tar', ['-cz', '-C', directory, 'data.json']);
  await assert.rejects(openBundle(linked, key()), /data\.json is neither a file nor a folder/);
  await writeFile(join(directory, 'x.rego'), 'package x');
  const leaving = [...claims(), claim('../x.rego', 'package x')];
  await writeFile(
    join(directory, '.signatures.json'),
    JSON.stringify({ signatures: [token({ files: leaving.slice(-1) })] }),
  );
  const up = execFileSync('tar', ['-czP', '-C', directory, '--transform', 's,^x,../x,', 'x.rego', '.signatures.json']);
  await assert.rejects(openBundle(up, key()), /a path is relative/);
});

let served: { status?: number; bytes: Buffer; etag?: string } = { bytes: Buffer.alloc(0) };
const asked: (string | undefined)[] = [];
const certificate = selfSigned();
let url = '';
before(async () => {
  const server = createServer(certificate, (request, response) => {
    asked.push(`${request.headers.authorization} ${request.headers['if-none-match'] ?? 'anew'}`);
    const same = served.etag !== undefined && request.headers['if-none-match'] === served.etag;
    response.writeHead(same ? 304 : (served.status ?? 200), served.etag === undefined ? {} : { etag: served.etag });
    response.end(same ? undefined : served.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}/bundle.tar.gz`;
  endings.push(() => new Promise((resolve) => server.close(resolve)));
});

test('it is asked for again by its tag, what is worse is told and not taken, and a start without the server takes the last good one', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'sudoql-bundles-'));
  endings.push(() => rm(cache, { recursive: true }));
  const source = (at = url) =>
    makeBundleSource({ place: { url: at, token: 't', ca: certificate.cert }, key: key(), everyMs: 20, cache });
  served = { bytes: await good({ iat: 100 }), etag: '"1"' };
  const one = source();
  const first = await one.read();
  assert.ok(first.ok, JSON.stringify(first));
  let changes = 0;
  const stop = one.watch(() => changes++);
  await until('it is asked again', () => asked.filter((each) => each === 'Bearer t "1"').length > 2);
  assert.equal(changes, 0, 'nothing is told of what did not change');

  served = { bytes: await good({ iat: 99 }), etag: '"2"' };
  await until('the older one is seen', () => changes === 1);
  const older = await one.read();
  assert.match(older.ok ? '' : String(older.problems[0]?.message), /signed before the one that is in force/);
  served = {
    bytes: await bundle({ 'b.rego': 'package b' }, [token({ files: [claim('b.rego', 'package b')], iat: 101 })]),
    etag: '"3"',
  };
  await until('the newer one is seen', () => changes === 2);
  const newer = await one.read();
  assert.deepEqual(newer.ok && [...newer.files.keys()], ['b.rego']);
  stop();

  const away = source('https://localhost:1/bundle.tar.gz');
  const kept = await away.read();
  assert.deepEqual(kept.ok && [...kept.files.keys()], ['b.rego'], 'from this disk');
  served = { bytes: Buffer.from('no bundle') };
  const spoiled = source();
  assert.equal((await spoiled.read()).ok, true, 'so also where the server has no bundle');
  let told = 0;
  endings.push(async () => spoiled.watch(() => told++)());
  const end = spoiled.watch(() => told++);
  await until('then it is told', () => told > 0);
  end();
  const said = await spoiled.read();
  assert.match(said.ok ? '' : String(said.problems[0]?.message), /is refused: it cannot be unpacked/);
  await rm(join(cache, 'bundle.tar.gz'));
  const nothing = await away.read();
  assert.deepEqual([nothing.ok, !nothing.ok && nothing.passing], [false, true]);
});
