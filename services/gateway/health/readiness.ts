// Which parts of the gateway are ready, in words. `/readyz` shows it; the load balancer goes by its status.

export interface PartState {
  ready: boolean;
  /** Why not; or, when ready, what wants attention. */
  detail: string | null;
  /** Of the policy: what is in force. */
  revision?: string | null;
}

export interface Readiness {
  /**
   * Adds a part that must be ready, or, when it is one of a `group`, of which one must be: a target that is down must not
   * take the others away from everybody. `look` is called at each question and must not throw or wait.
   */
  part(name: string, look: () => PartState, group?: string): void;
  state(): { ready: boolean; parts: Record<string, PartState> };
}

export function makeReadiness(): Readiness {
  const parts = new Map<string, { look: () => PartState; group: string }>();
  return {
    part: (name, look, group = name) => void parts.set(name, { look, group }),
    state() {
      const states: Record<string, PartState> = {};
      const groups = new Map<string, boolean>();
      for (const [name, { look, group }] of parts) {
        const state = look();
        states[name] = state;
        groups.set(group, (groups.get(group) ?? false) || state.ready);
      }
      return { ready: [...groups.values()].every(Boolean), parts: states };
    },
  };
}
