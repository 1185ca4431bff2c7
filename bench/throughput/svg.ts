// The ratios as a picture for the docs: one bar a point, gateway ÷ pgbouncer, with its spread; a mark where the bare relay is.
import { type Point, ratioOf } from './point.ts';

const WIDTH = 760;
const LABEL = 330;
const ROW = 22;
const TOP = 46;

/** Points without both ways are left out. */
export function svg(points: readonly Point[]): string {
  const rows = points.flatMap((point) => {
    const gateway = ratioOf(point, 'gateway', 'pgbouncer');
    return gateway && point.better === 'more' ? [{ point, gateway, relay: ratioOf(point, 'relay', 'pgbouncer') }] : [];
  });
  const most = Math.max(1, ...rows.flatMap(({ gateway, relay }) => [gateway.max, relay?.median ?? 0]));
  const x = (ratio: number) => (LABEL + (ratio / most) * (WIDTH - LABEL - 60)).toFixed(1);
  const height = TOP + rows.length * ROW + 16;
  const bars = rows.map(({ point, gateway, relay }, i) => {
    const y = TOP + i * ROW;
    const middle = y + ROW / 2;
    return [
      `<text x="${LABEL - 8}" y="${middle + 4}" text-anchor="end">${escaped(point.name)}</text>`,
      `<rect x="${LABEL}" y="${y + 4}" width="${(Number(x(gateway.median)) - LABEL).toFixed(1)}" height="${ROW - 8}" fill="#3b6ea8"/>`,
      `<path d="M${x(gateway.min)} ${middle}H${x(gateway.max)}" stroke="#111" stroke-width="1.5"/>`,
      relay ? `<path d="M${x(relay.median)} ${y + 3}v${ROW - 6}" stroke="#c06a1b" stroke-width="2"/>` : '',
      `<text x="${Number(x(gateway.max)) + 6}" y="${middle + 4}">${gateway.median.toFixed(2)}</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="12" y="20" font-size="14">Throughput through the gateway, pgbouncer = 1 (orange: a relay in Node that judges and records nothing)</text>
<path d="M${x(1)} ${TOP - 6}V${height - 12}" stroke="#999" stroke-dasharray="3 3"/><text x="${x(1)}" y="${TOP - 10}" text-anchor="middle">1</text>
${bars.join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
