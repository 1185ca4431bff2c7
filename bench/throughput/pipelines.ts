import { ACCOUNTS } from '../stage/tables.ts';
import type { ThroughputPart } from './part.ts';
import { measureLoad } from './point.ts';

const DEPTH = 200;

const pipeline = (sets: string, statement: string) =>
  `${sets}\n\\startpipeline\n${`${statement}\n`.repeat(DEPTH)}\\endpipeline\n`;
export const LOOKUPS = pipeline(`\\set id random(1, ${ACCOUNTS})`, 'SELECT balance FROM account WHERE id = :id;');
export const INSERTS = pipeline('\\set id random(1, 1000000)', "INSERT INTO arrived (id, note) VALUES (:id, 'made');");

/** 200 statements to a Sync; figures are pipelines a second. */
export const pipelines: ThroughputPart = {
  name: 'pipelines',
  stage: {},
  async run({ stage, options, script, add }) {
    const files = { read: await script(LOOKUPS), write: await script(INSERTS) };
    for (const mode of ['read', 'write'] as const)
      for (const protocol of options.protocols.filter((name) => name !== 'simple'))
        for (const clients of options.clients.filter((count) => count <= 8))
          add(
            await measureLoad({
              part: 'pipelines',
              name: `${DEPTH} ${mode === 'read' ? 'lookups' : 'INSERTs'} to a Sync, ${protocol}, ${clients} client${clients > 1 ? 's' : ''}`,
              ...{ ways: stage.ways, rounds: options.rounds, stage, mode },
              load: { scripts: [files[mode]], protocol, clients, seconds: options.seconds, statements: DEPTH },
            }),
          );
  },
};
