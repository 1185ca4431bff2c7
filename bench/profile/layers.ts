// Which layer of the gateway a function belongs to, and what each layer took of a profile.
import type { CpuProfile, ProfileNode } from './inspector.ts';

/** The first that a file's path has in it. What matches nothing is its caller's. */
const LAYERS: readonly (readonly [string, string])[] = [
  ['services/gateway/session/recording', 'record'],
  ['services/ledger/', 'record'],
  ['node_modules/pg', 'record'],
  ['services/policy/', 'decide'],
  ['node_modules/@open-policy-agent/', 'decide'],
  ['services/statements/parse', 'parse'],
  ['node_modules/libpg-query/', 'parse'],
  ['services/statements/', 'facts'],
  ['services/gateway/wire/', 'framing'],
  ['services/gateway/session/', 'relay'],
  ['services/elevation/', 'elevation'],
  ['services/notifier/', 'notices'],
  ['services/gateway/', 'rest of the gateway'],
  ['node:net', 'sockets'],
  ['node:_tls', 'sockets'],
  ['node:internal/tls', 'sockets'],
  ['node:internal/stream_base', 'sockets'],
  ['node:internal/streams', 'sockets'],
];
const BY_NAME = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(idle)', 'idle'],
  ['(program)', 'native code outside JavaScript'],
]);

export interface LayerTime {
  layer: string;
  /** Microseconds. */
  self: number;
  /** Most first. */
  functions: { name: string; self: number }[];
}

/** Time by layer, most first; idle time is left out. */
export function byLayer(profile: CpuProfile): LayerTime[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const layers = new Map<number, string>();
  const layerOf = (id: number): string => {
    const known = layers.get(id);
    if (known !== undefined) return known;
    const node = nodes.get(id);
    const parent = parents.get(id);
    const layer = (node && ownLayer(node)) ?? (parent === undefined ? 'other' : layerOf(parent));
    layers.set(id, layer);
    return layer;
  };
  const found = new Map<string, Map<string, number>>();
  profile.samples.forEach((id, i) => {
    const layer = layerOf(id);
    const functions = found.get(layer) ?? new Map<string, number>();
    const name = nameOf(nodes.get(id));
    functions.set(name, (functions.get(name) ?? 0) + (profile.timeDeltas[i] ?? 0));
    found.set(layer, functions);
  });
  found.delete('idle');
  return [...found]
    .map(([layer, functions]) => ({
      layer,
      self: [...functions.values()].reduce((sum, self) => sum + self, 0),
      functions: [...functions].map(([name, self]) => ({ name, self })).sort((a, b) => b.self - a.self),
    }))
    .sort((a, b) => b.self - a.self);
}

function ownLayer({ callFrame }: ProfileNode): string | undefined {
  return BY_NAME.get(callFrame.functionName) ?? LAYERS.find(([part]) => callFrame.url.includes(part))?.[1];
}

function nameOf(node: ProfileNode | undefined): string {
  if (!node) return '(unknown)';
  const { functionName, url, lineNumber } = node.callFrame;
  const place = url.replace(/^.*\/(?=services\/|node_modules\/)/, '').replace(/^file:\/\//, '');
  return `${functionName || '(anonymous)'}${place ? ` ${place}:${lineNumber + 1}` : ''}`;
}
