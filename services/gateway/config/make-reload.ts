import type pg from 'pg';
import type { WatchdogOfProcess } from '../../elevation/watchdog.ts';
import type { Notifier } from '../../notifier/notifier.ts';
import type { Config } from './configuration.ts';
import type { Log } from '../log.ts';
import { apply, type Differences, differences } from './reload.ts';
import type { WireListener } from '../wire/listener.ts';

export interface ReloadDeps {
  /** The configuration in force; changed in place. */
  config: Config;
  log: Log;
  /** All that have a level of their own. */
  logs: { level: string }[];
  wire: Pick<WireListener, 'renewTls'>;
  notifier: Pick<Notifier, 'renew'>;
  watchdog: Pick<WatchdogOfProcess, 'renew'>;
  /** The control connections as the configuration has them now. */
  controls(): Record<string, pg.ClientConfig>;
}

/** Makes what takes a fresh configuration over: what cannot work is found before anything is changed. */
export function makeReload({ config, log, logs, wire, notifier, watchdog, controls }: ReloadDeps) {
  return (fresh: Config): Differences => {
    const found = differences(config, fresh);
    const touched = (pattern: RegExp) => found.changed.some((path) => pattern.test(path));
    if (touched(/^wire\.tls\./) && fresh.wire.tls) wire.renewTls(fresh.wire.tls);
    const channels = Object.entries(fresh.channels).filter(
      ([name]) => touchedBy(found, `channels.${name}.`) && Object.hasOwn(config.channels, name),
    );
    if (channels.length > 0) notifier.renew(Object.fromEntries(channels));
    apply(config, fresh, found.changed);
    if (touched(/^targets\.[^.]+\.(control\.password|ssl\.)/)) watchdog.renew(controls());
    for (const each of logs) each.level = config.logLevel;
    log.info({ ...found }, 'the configuration was read again');
    return found;
  };
}

const touchedBy = ({ changed }: Differences, prefix: string): boolean =>
  changed.some((path) => path.startsWith(prefix));
