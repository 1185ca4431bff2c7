// The chart, by helm itself: what it renders for several values is whole, held down, and a configuration that the gateway loads; values
// that cannot be meant are refused.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { CHART, helm, outdated } from '../../deploy/helm/manifests.ts';
import { loadConfig } from '../../services/gateway/config/load.ts';
import { selfSigned } from '../helpers/self-signed.ts';

const root = join(import.meta.dirname, '../..');
const EXAMPLE = 'deploy/kubernetes/values.yaml';

type Tree = { [key: string]: Tree } & unknown[] & string;
interface Thing {
  kind: string;
  metadata: { name: string; labels: Record<string, string> };
  data: Record<string, string>;
  spec: Tree;
}

async function rendered(values: object = {}, release = 'sudoqld'): Promise<Thing[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-chart-'));
  try {
    const file = join(directory, 'values.yaml');
    await writeFile(file, stringify(values));
    const text = await helm(
      'template',
      release,
      CHART,
      '--values',
      EXAMPLE,
      '--values',
      file,
      '--kube-version',
      '1.34.0',
    );
    await strictlyRead(text);
    return parseAllDocuments(text).map((document) => document.toJS() as Thing);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
/** Kubernetes' own types have every field, of the type that it has there. */
async function strictlyRead(manifests: string): Promise<void> {
  const reading = promisify(execFile)('go', ['run', '.'], { cwd: join(import.meta.dirname, 'kinds') });
  reading.child.stdin?.end(manifests);
  assert.ok(Number((await reading).stdout) >= 4);
}

const one = (things: Thing[], kind: string, name?: string): Thing => {
  const found = things.filter(
    (each) => each.kind === kind && (name === undefined || each.metadata.name.endsWith(name)),
  );
  assert.equal(found.length, 1, `${found.length} of ${kind} ${name ?? ''}`);
  return found[0] as Thing;
};
const podOf = ({ spec }: Thing) => (spec.template as Tree).spec as Tree;
const containerOf = (thing: Thing) => (podOf(thing).containers as Tree)[0] as Tree;

/** As a pod would load it: it can read what is mounted into it, and nothing else. */
async function configOf(things: Thing[], pod: Thing) {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-chart-'));
  try {
    const file = join(directory, 'sudoql.yaml');
    await writeFile(file, one(things, 'ConfigMap').data['sudoql.yaml'] ?? '');
    const { cert, key } = await selfSigned({ host: 'sudoql.example.com' });
    const mounts = (containerOf(pod).volumeMounts as Tree).map((each) => String((each as Tree).mountPath));
    return loadConfig(file, {}, (path) => {
      if (!mounts.some((mount) => path.startsWith(`${mount}/`))) throw new Error(`ENOENT: ${path} is not mounted`);
      if (path === '/etc/sudoql/tls/tls.crt') return cert;
      if (path === '/etc/sudoql/tls/tls.key') return key;
      assert.match(path, /^\/run\/secrets\/sudoql(-owner)?\/[a-z_]+$/);
      return 'a-secret-of-the-cluster';
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What every rendering holds to. */
async function holds(things: Thing[]): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const [gateway, config] = [one(things, 'Deployment'), one(things, 'ConfigMap').data['sudoql.yaml'] ?? ''];
  const pods = things.filter(({ kind }) => kind === 'Deployment' || kind === 'Job');
  for (const pod of pods) {
    const container = containerOf(pod);
    assert.equal(container.image, `sudoql:${version}`);
    assert.deepEqual(podOf(pod).securityContext, {
      ...{ runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(container.securityContext, {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ['ALL'] },
    });
    assert.equal(podOf(pod).automountServiceAccountToken, false);
    assert.equal(container.env, undefined, 'no secret in the environment');
    const volumes = (podOf(pod).volumes as Tree).map((each) => (each as Tree).name);
    const mounted = (container.volumeMounts as Tree).map((each) => (each as Tree).name);
    assert.deepEqual([...volumes].sort(), [...mounted].sort());
  }
  assert.equal(/password: (?!file:\/run\/secrets\/)/.test(config), false, 'no secret in the configuration');

  // What a service names is a port of the gateway's, and the gateway listens there.
  const loaded = await configOf(things, gateway);
  const ports = Object.fromEntries(
    (containerOf(gateway).ports as Tree).map((each) => [(each as Tree).name, (each as Tree).containerPort]),
  );
  assert.deepEqual(ports, { wire: loaded.wire.port, http: loaded.http.port });
  const labels = ((gateway.spec.template as Tree).metadata as Tree).labels as unknown as Record<string, string>;
  for (const service of things.filter(({ kind }) => kind === 'Service')) {
    for (const [key, value] of Object.entries(service.spec.selector as Tree)) assert.equal(labels[key], String(value));
    for (const port of service.spec.ports as Tree) assert.ok(String((port as Tree).targetPort) in ports);
  }
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
    assert.equal(((containerOf(gateway)[probe] as Tree).httpGet as Tree).port, 'http');
  const { shutdownDrain, shutdownGrace } = loaded.limits;
  assert.ok(Number(podOf(gateway).terminationGracePeriodSeconds) * 1_000 >= shutdownDrain + shutdownGrace + 20_000);
  // A pod's name is a replica's, of which 40 characters count: beside the release's, 10 of the ReplicaSet and 5 of the pod.
  assert.ok(gateway.metadata.name.length + 17 <= 40, gateway.metadata.name);
}

async function refused(values: object, why: RegExp): Promise<void> {
  await assert.rejects(rendered(values), (error: Error & { stderr?: string }) => {
    assert.match(error.stderr ?? '', why);
    return true;
  });
}

export async function checkChart(): Promise<void> {
  await helm('lint', '--strict', CHART, '--values', EXAMPLE);
  assert.deepEqual(await outdated(), [], 'npm run manifests');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const chart = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8')) as { version: string; appVersion: string };
  assert.deepEqual([chart.version, chart.appVersion], [version, version]);

  const plain = await rendered();
  await holds(plain);
  assert.deepEqual(plain.map(({ kind }) => kind).sort(), [
    'ConfigMap',
    'Deployment',
    'Job',
    'NetworkPolicy',
    'PodDisruptionBudget',
    'Service',
    'Service',
  ]);
  const [gateway, job] = [one(plain, 'Deployment'), one(plain, 'Job')];
  assert.equal((await configOf(plain, gateway)).ledger.owner, null, 'a gateway has no password of the owner’s');
  const migrating = await configOf(plain, job);
  assert.ok(migrating.ledger.owner?.password && migrating.ledger.auditor?.password);
  assert.equal(migrating.wire.allowPlaintext, false);

  const other = await rendered({
    image: { digest: '' },
    replicas: 1,
    migrate: { enabled: false },
    wire: {
      tlsSecret: '',
      allowPlaintext: true,
      service: { type: 'LoadBalancer', port: 6432, sourceRanges: ['10.0.0.0/8'] },
    },
    networkPolicy: { enabled: false },
    serviceMonitor: {
      enabled: true,
      labels: { release: 'prometheus' },
      tokenSecret: { name: 'sudoql', key: 'metrics_token' },
    },
    prometheusRule: { enabled: true },
    config: {
      processes: 2,
      limits: { rows: 2_000_000, shutdown_grace: '30s' },
      listen: { wire: { trust_proxy: ['10.0.0.7'] } },
    },
  });
  await holds(other);
  assert.deepEqual(other.map(({ kind }) => kind).sort(), [
    'ConfigMap',
    'Deployment',
    'PrometheusRule',
    'Service',
    'Service',
    'ServiceMonitor',
  ]);
  const loaded = await configOf(other, one(other, 'Deployment'));
  assert.deepEqual(
    [loaded.processes, loaded.limits.rows, loaded.wire.allowPlaintext, loaded.wire.trustProxy, loaded.http.trustProxy],
    [2, 2_000_000, true, ['10.0.0.7'], ['10.0.0.0/8']],
  );
  // The rules ask for job="sudoql": that is what the monitor's label must come to.
  const rules = await readFile(join(root, 'deploy/prometheus/alerts.yaml'), 'utf8');
  assert.deepEqual(one(other, 'PrometheusRule').spec, parse(rules));
  const monitor = one(other, 'ServiceMonitor');
  const wanted = (monitor.spec.selector as Tree).matchLabels as Tree;
  const monitored = other.filter(
    ({ kind, metadata }) =>
      kind === 'Service' && Object.entries(wanted).every(([key, value]) => metadata.labels[key] === String(value)),
  );
  assert.deepEqual(
    monitored.map(({ metadata }) => metadata.name),
    ['sudoqld-http'],
  );
  const job2 = monitored[0]?.metadata.labels[String(monitor.spec.jobLabel)];
  assert.ok(rules.includes(`job="${job2}"`), `job="${job2}"`);

  await holds(await rendered({}, 'the-gateways-of-a-team-with-a-name'));
  const renamed = await rendered({ config: { elevation: { max: '1h' } } });
  assert.notEqual(one(renamed, 'Job').metadata.name, job.metadata.name, 'another configuration is migrated again');

  await refused({ replicas: 0 }, /replicas/);
  await refused({ replica: 3 }, /additional propert/i);
  await refused({ secret: '' }, /secret/);
  await refused({ migrate: { enabled: true, ownerSecret: '' } }, /ownerSecret/);
  await refused({ wire: { tlsSecret: '' } }, /wire/);
  await refused({ wire: { allowPlaintext: true } }, /wire/);
  await refused({ image: { tag: 'latest' } }, /tag/);
  await refused({ config: { targets: null } }, /targets/);
  await refused({ config: { listen: { wire: { allow_plaintext: true } } } }, /config/);
  await refused({ config: { replica: 'one-for-all' } }, /config/);
  await refused({ podAnnotations: { a: 1 } }, /podAnnotations/);
}
