// A process of a host that does nothing but belong to it, for tests of its supervisor.
import { joinHost } from './member.ts';

const [exitCode] = process.argv.slice(2);
const member = await joinHost();
if (exitCode !== undefined) process.exit(Number(exitCode));
member.named(`member ${member.slot}`);
member.onStop(() => {
  member.leaves();
  process.exit(0);
});
member.answers({
  readiness: () => ({ ready: true, parts: {} }),
  metrics: { text: async () => '', json: async () => [] },
  cancel: async () => false,
});
member.serves();
