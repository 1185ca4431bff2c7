import { parseArgs } from 'node:util';
import type { Protocol } from '../stage/pgbench.ts';
import type { WayName } from '../stage/way.ts';

export interface Options {
  parts: string[];
  ways: WayName[];
  protocols: Protocol[];
  /** Of the parts that do not say themselves how many. */
  clients: number[];
  rounds: number;
  /** Of each way's run in a round, one more that is not counted apart. */
  seconds: number;
  /** Sessions of the part `sessions`. */
  many: number;
  json?: string;
  svg?: string;
}

const HELP = `npm run bench -- throughput [options]
  --part A,B        these parts (default: all)
  --ways A,B        direct, pgbouncer, relay, gateway
  --protocol A,B    simple, extended, prepared
  --clients N,M     8; 1,8,64 with --full
  --rounds N        3; 7 with --full
  --seconds N       2; 10 with --full
  --sessions N      1000: of the part "sessions"
  --full            longer, more often, with one client and with many
  --json FILE       every figure of every round
  --svg FILE        the picture of the ratios`;

/** Exits with the usage when asked for it, or on an option that is none. */
export function readOptions(parts: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      options: {
        part: { type: 'string' },
        ways: { type: 'string', default: 'direct,pgbouncer,relay,gateway' },
        protocol: { type: 'string', default: 'simple,extended,prepared' },
        clients: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        sessions: { type: 'string', default: '1000' },
        full: { type: 'boolean', default: false },
        json: { type: 'string' },
        svg: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) throw new Error(`${parts.length} parts: ${parts.join(', ')}`);
    const number = (text: string) => {
      if (!/^[1-9]\d*$/.test(text)) throw new Error(`${text} is no number.`);
      return Number(text);
    };
    return {
      parts: among(values.part ?? parts.join(), parts),
      ways: among(values.ways, ['direct', 'pgbouncer', 'relay', 'gateway']),
      protocols: among(values.protocol, ['simple', 'extended', 'prepared']),
      clients: (values.clients ?? (values.full ? '1,8,64' : '8')).split(',').map(number),
      rounds: number(values.rounds ?? (values.full ? '7' : '3')),
      seconds: number(values.seconds ?? (values.full ? '10' : '2')),
      many: number(values.sessions),
      ...(values.json === undefined ? {} : { json: values.json }),
      ...(values.svg === undefined ? {} : { svg: values.svg }),
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

function among<Name extends string>(text: string, known: readonly Name[]): Name[] {
  return text.split(',').map((word) => {
    const found = known.find((name) => name === word);
    if (found === undefined) throw new Error(`${word} is none of ${known.join(', ')}.`);
    return found;
  });
}
