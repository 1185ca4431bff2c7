// What each row of the table in docs/read-mode.md is made of: one layer, and none of the others as far as they can be taken away.
import type { Case } from '../bypass/cases.ts';
import type { Way } from '../bypass/run-corpus.ts';
import { DATABASE, type Stage } from '../bypass/stage.ts';
import { makeGateway } from '../helpers/gateway.ts';
import type { Cluster } from '../helpers/postgres.ts';
import { openPolicy } from '../wire/stage.ts';
import { type AnalysisLayer, onlyLayer } from './partial-analysis.ts';

export interface Composition {
  title: string;
  made: string;
  open(stage: Stage, ledger: Cluster): Promise<Way & { close(): Promise<void> }>;
  /** It is to refuse every case, so that several may be looked at together: what runs may wait for another's locks. */
  refusesAll?: true;
  /** The cases that this layer is about; all of them when not given. */
  about?(each: Case): boolean;
}

/** Past any gateway. */
const direct = (login: 'superuser' | 'reader', readOnly: boolean): Composition['open'] => {
  return async ({ admin, restore, config }) => ({
    client: { ...config(login), options: `-c default_transaction_read_only=${readOnly ? 'on' : 'off'}` },
    admin,
    restore,
    close: async () => {},
  });
};

/** A gateway whose analysis is one layer, and whose reader may do anything unless told otherwise. */
const gateway = (layer: AnalysisLayer | 'all', reader: 'superuser' | 'reader' = 'superuser'): Composition['open'] => {
  return async ({ admin, restore, config }, ledger) => {
    const made = await makeGateway({
      ledger,
      name: DATABASE,
      reader: config(reader),
      writer: config('writer'),
      control: config('control'),
      policy: openPolicy(),
      ...(layer === 'all' ? {} : { analyser: (real, catalogues) => onlyLayer(layer, real, catalogues) }),
    });
    return { client: made.through({ user: 'ben' }), admin, restore, close: () => made.close() };
  };
};

const raw = ({ form }: Case) => form === 'wire';

export const COMPOSITIONS: Composition[] = [
  { title: 'nothing', made: 'a superuser’s login, directly', open: direct('superuser', false) },
  {
    title: 'READ ONLY alone',
    made: 'a superuser’s login, directly, `default_transaction_read_only=on`',
    open: direct('superuser', true),
  },
  { title: 'A text', made: 'gateway, superuser as reader, only the text is looked at', open: gateway('A') },
  { title: 'B parser', made: 'the same, only the parser', open: gateway('B') },
  { title: 'C structure', made: 'the same, only kinds of statements and nodes', open: gateway('C') },
  { title: 'D meaning', made: 'the same, only what names reach', open: gateway('D') },
  {
    title: 'A–D analysis',
    made: 'gateway, superuser as reader, whole analysis',
    open: gateway('all'),
    refusesAll: true,
  },
  {
    title: 'E read connection',
    made: 'gateway, superuser as reader, no analysis but of settings',
    open: gateway('settings'),
  },
  { title: 'F role', made: 'the reader’s login, directly, READ ONLY switched off', open: direct('reader', false) },
  {
    title: 'E and F, the second key',
    made: 'gateway, its own reader, no analysis but of settings',
    open: gateway('settings', 'reader'),
  },
  {
    title: 'G protocol',
    made: 'gateway, superuser as reader, no analysis; raw messages only',
    open: gateway('none'),
    about: raw,
  },
  { title: 'all of them', made: 'the gateway as it is', open: gateway('all', 'reader'), refusesAll: true },
];
