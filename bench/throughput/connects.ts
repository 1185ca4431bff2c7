import { LOOKUP } from './reads.ts';
import type { ThroughputPart } from './part.ts';
import { measureLoad } from './point.ts';

/** A connection, one lookup, the end; with SCRAM, and with TLS too. pgbouncer keeps its own connections to the target, as it is for. */
export const connects: ThroughputPart = {
  name: 'connects',
  stage: {},
  async run({ stage, options, script, add }) {
    const lookup = await script(LOOKUP);
    for (const tls of [false, true])
      for (const clients of options.clients.filter((count) => count <= 8))
        add(
          await measureLoad({
            part: 'connects',
            name: `connect with SCRAM${tls ? ' and TLS' : ''}, ${clients} client${clients > 1 ? 's' : ''}`,
            // The bare relay knows nothing of TLS.
            ways: stage.ways.filter(({ name }) => !tls || name !== 'relay'),
            ...{ rounds: options.rounds, stage, mode: 'read', tls },
            load: {
              ...{ scripts: [lookup], protocol: 'simple', clients, seconds: options.seconds, statements: 1 },
              reconnect: true,
            },
          }),
        );
  },
};
