// Which parts of the gateway are ready, in words. `/readyz` shows it; the load balancer goes by its status.

export interface PartState {
  ready: boolean;
  /** Why not; or, when ready, what wants attention. */
  detail: string | null;
}

export interface Readiness {
  /** Adds a part; `look` is called at each question and must not throw or wait. */
  part(name: string, look: () => PartState): void;
  state(): { ready: boolean; parts: Record<string, PartState> };
}

export function makeReadiness(): Readiness {
  const parts = new Map<string, () => PartState>();
  return {
    part: (name, look) => void parts.set(name, look),
    state() {
      const states = Object.fromEntries([...parts].map(([name, look]) => [name, look()]));
      return { ready: Object.values(states).every((state) => state.ready), parts: states };
    },
  };
}
