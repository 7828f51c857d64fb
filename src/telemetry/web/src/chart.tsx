// Shares over time as a picture: a line with its band for each upstream, the unknown as a dotted area, below them the
// states and the events.
import {scaleLinear, scaleUtc} from 'd3-scale';
import {area, curveStepAfter, line} from 'd3-shape';
import type {IsthmusEvent} from './api';
import {groupEvents} from './event_groups';
import {useWidth} from './hooks';
import {asnsOf, type Point, type Series, type Span} from './series';
import {clock, weightOf} from './words';

const MARGIN = {left: 44, right: 12, top: 10, bottom: 22};
const STATES_HIGH = 12;
const EVENTS_HIGH = 22;

/** Which of the line styles an upstream has: colour and dashes. */
export const styleOf = (series: Series, asn: number): string => `line-${asnsOf(series).indexOf(asn) % 6}`;

interface Corner {
  t: number;
  value: number;
  low: number;
  high: number;
}

/** A step for each point; a hole where there was nothing. */
function corners(series: Series, pick: (point: Point) => Omit<Corner, 't'> | undefined): (Corner | null)[] {
  const out: (Corner | null)[] = [];
  let end = NaN;
  for (const point of series) {
    const picked = pick(point);
    if (!picked) {
      out.push(null);
      continue;
    }
    if (!Number.isNaN(end) && point.from - end > 90000) out.push(null);
    out.push({t: point.from, ...picked}, {t: point.to, ...picked});
    end = point.to;
  }
  return out;
}

/** In UTC, as exact as the span shown needs. */
function tickText(tick: Date, span: number): string {
  const text = tick.toISOString();
  return span > 2 * 86400000 ? text.slice(5, 10) : span > 20 * 60000 ? text.slice(11, 16) : text.slice(11, 19);
}

interface Marker {
  x: number;
  weight: string;
  texts: string[];
}

const WORST = ['outage', 'warning', 'blind', 'better', 'note'];

/** Events that would stand on top of each other become one marker. */
function markersOf(events: IsthmusEvent[], x: (time: number) => number, left: number, right: number): Marker[] {
  const markers: Marker[] = [];
  for (const {events: members, text} of groupEvents(events).reverse()) {
    const spot = x(Date.parse(members[0]!.time));
    if (spot < left || spot > right) continue;
    const label = `${clock(members[0]!.time)} ${text}`;
    const weight = weightOf(members[0]!.kind);
    const last = markers[markers.length - 1];
    if (last && spot - last.x < 14) {
      last.texts.push(label);
      if (WORST.indexOf(weight) < WORST.indexOf(last.weight)) last.weight = weight;
    } else {
      markers.push({x: spot, weight, texts: [label]});
    }
  }
  return markers;
}

const SHAPES: Record<string, string> = {outage: 'M-5-5L5 5M5-5L-5 5', warning: 'M0-6L6 5H-6Z', blind: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0',
                                        better: 'M-5 0L-1 4L6-5', note: 'M-3-3H3V3H-3Z'};

export function Chart({series, spans, events, from, to, high, seenFrom, label}: {
  series: Series; spans: Span[]; events: IsthmusEvent[]; from: number; to: number; high: number; seenFrom: number; label: string;
}) {
  const [width, ref] = useWidth();
  const right = Math.max(width, 280) - MARGIN.right;
  const bottom = MARGIN.top + high;
  const x = scaleUtc().domain([from, to]).range([MARGIN.left, right]).clamp(true);
  const y = scaleLinear().domain([0, 1]).range([bottom, MARGIN.top]);
  const draw = line<Corner | null>().defined((p) => p !== null).x((p) => x(p!.t)).y((p) => y(p!.value)).curve(curveStepAfter);
  const band = area<Corner | null>().defined((p) => p !== null).x((p) => x(p!.t)).y0((p) => y(p!.low)).y1((p) => y(p!.high)).curve(curveStepAfter);
  const shareOf = (asn: number) => (point: Point) => {
    const share = point.shares.get(asn);
    return share && {value: share.estimate, low: share.low, high: share.high};
  };
  const unknown = corners(series, (point) => ({value: point.unknown, low: 0, high: point.unknown}));
  const statesTop = bottom + MARGIN.bottom;
  const eventsTop = statesTop + STATES_HIGH + EVENTS_HIGH / 2 + 2;
  const seen = Math.min(Math.max(x(seenFrom), MARGIN.left), right);
  return (
    <div ref={ref} class="chart">
      <svg width={Math.max(width, 280)} height={eventsTop + EVENTS_HIGH / 2} role="img" aria-label={label}>
        <defs>
          <pattern id="c-unknown" width="6" height="6" patternUnits="userSpaceOnUse"><circle cx="3" cy="3" r="1.1" class="dots" /></pattern>
          <pattern id="c-unseen" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1" height="7" class="unseen" /></pattern>
        </defs>
        {[0, 0.5, 1].map((share) => (
          <g key={share} class="axis"><line x1={MARGIN.left} x2={right} y1={y(share)} y2={y(share)} />
            <text x={MARGIN.left - 6} y={y(share) + 4} text-anchor="end">{share * 100} %</text></g>))}
        {x.ticks(Math.max(2, Math.floor(width / 120))).map((tick) => (
          <text key={tick.getTime()} class="tick" x={x(tick)} y={bottom + 15} text-anchor="middle">{tickText(tick, to - from)}</text>))}
        {seen > MARGIN.left + 1 && <rect x={MARGIN.left} y={MARGIN.top} width={seen - MARGIN.left} height={high} fill="url(#c-unseen)" />}
        {seen > MARGIN.left + 150 && <text class="tick" x={MARGIN.left + 8} y={MARGIN.top + 16}>before this page was opened</text>}
        <path d={band(unknown) ?? ''} fill="url(#c-unknown)" />
        {asnsOf(series).map((asn) => {
          const path = corners(series, shareOf(asn));
          return (
            <g key={asn} class={styleOf(series, asn)}>
              <path class="band" d={band(path) ?? ''} /><path class="stroke" d={draw(path) ?? ''} />
            </g>);
        })}
        {spans.map((span) => (
          <rect key={`${span.from} ${span.state}`} class={`span ${span.state}`} x={x(span.from)} y={statesTop} height={STATES_HIGH}
                width={Math.max(1, x(span.to) - x(span.from))}><title>{span.state}</title></rect>))}
        {markersOf(events, x, MARGIN.left, right).map((marker) => (
          <g key={`${marker.x} ${marker.texts[0]}`} class={`marker ${marker.weight}`} transform={`translate(${marker.x} ${eventsTop})`}>
            <title>{marker.texts.join('\n')}</title><rect x="-9" y="-9" width="18" height="18" class="touch" />
            <path d={SHAPES[marker.weight]} /></g>))}
      </svg>
    </div>
  );
}
