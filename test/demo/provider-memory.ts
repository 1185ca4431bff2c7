// Where the demo's provider keeps what it gave out: in its process, for as long as that lives.
import type { Adapter, AdapterPayload } from 'oidc-provider';

/** One for each of the provider's models; `kept` is shared by them. */
export function makeMemory(kept: Map<string, AdapterPayload>): (model: string) => Adapter {
  return (model) => {
    const key = (id: string) => `${model} ${id}`;
    const byField = async (field: 'uid' | 'userCode', value: string) =>
      [...kept].find(([id, payload]) => id.startsWith(`${model} `) && payload[field] === value)?.[1];
    return {
      upsert: async (id, payload) => void kept.set(key(id), payload),
      find: async (id) => kept.get(key(id)),
      findByUid: (uid) => byField('uid', uid),
      findByUserCode: (code) => byField('userCode', code),
      consume: async (id) => {
        const payload = kept.get(key(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1_000);
      },
      destroy: async (id) => void kept.delete(key(id)),
      revokeByGrantId: async (grant) => {
        for (const [id, payload] of kept) if (payload.grantId === grant) kept.delete(id);
      },
    };
  };
}
