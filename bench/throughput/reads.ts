import { ACCOUNTS } from '../stage/tables.ts';
import type { ThroughputPart } from './part.ts';
import { measureLoad } from './point.ts';

/** A key lookup with another literal each time (simple), or parameters. */
export const LOOKUP = `\\set id random(1, ${ACCOUNTS})\nSELECT balance FROM account WHERE id = :id;\n`;

export const reads: ThroughputPart = {
  name: 'reads',
  stage: {},
  async run({ stage, options, script, add }) {
    const lookup = await script(LOOKUP);
    for (const protocol of options.protocols)
      for (const clients of options.clients)
        add(
          await measureLoad({
            part: 'reads',
            name: `lookup, ${protocol}, ${clients} client${clients > 1 ? 's' : ''}`,
            ...{ ways: stage.ways, rounds: options.rounds, stage, mode: 'read' },
            load: { scripts: [lookup], protocol, clients, seconds: options.seconds, statements: 1 },
          }),
        );
  },
};
