import { type EventOf, saidBy, whenExactly, type Writing, type Written } from './words.ts';

export const ledgerHeads = (event: EventOf<'ledger.heads'>, writing: Writing): Written => ({
  subject: `Heads of the ledger at ${whenExactly(event.at, writing)}: keep them`,
  headline: `Where the ledger’s chains ended at ${whenExactly(event.at, writing)}`,
  tone: 'calm',
  lead: [
    'Nothing has happened. Kept where the ledger’s owner cannot reach, this proves later that nothing before it was altered.',
  ],
  warnings: [],
  facts: [['Chains', event.chains.toLocaleString('en-US')], ...saidBy([event])],
  blocks: [
    {
      title: event.heads.length < event.chains ? `The youngest ${event.heads.length}` : 'Heads',
      note: 'Of each chain its id, the number of its last entry and that one’s hash.',
      rows: event.heads.map(({ chain, seq, hash }) => [`${chain} ${seq} ${hash}`]),
      code: true,
    },
  ],
  stop: [],
  advice:
    'sudoqld ledger verify --head HASH, or clients/verifier/sudoql_verify.py --against this mail, holds the ledger against them.',
});
