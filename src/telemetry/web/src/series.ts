// The past as the timeline draws it: shares since the page was opened, day by day, and the states in between. Pure.
import type {Day, IsthmusEvent, Overview, Share, State} from './api';

export interface Point {
  from: number;
  to: number;
  state: State | 'mixed';
  unknown: number;
  shares: Map<number, Share>;
}
/** Ascending; neighbours do not overlap. Of one target. */
export type Series = Point[];

const MOST_POINTS = 2000;

const sameShares = (a: Map<number, Share>, b: Map<number, Share>): boolean =>
  a.size === b.size && [...a].every(([asn, share]) => {
    const other = b.get(asn);
    return other !== undefined && other.estimate === share.estimate && other.low === share.low && other.high === share.high;
  });

/** The series of every target with what a new overview adds; what did not change only lasts longer. */
export function withOverview(series: Map<string, Series>, overview: Overview): Map<string, Series> {
  const now = Date.parse(overview.time);
  const next = new Map<string, Series>();
  for (const target of overview.targets) {
    const past = series.get(target.target) ?? [];
    const last = past[past.length - 1];
    if (last && now < last.to) {
      next.set(target.target, past);
      continue;
    }
    const shares = new Map(target.upstreams.map((upstream) => [upstream.asn, upstream.share]));
    const point: Point = {from: now, to: now, state: target.state, unknown: target.unknown_share, shares};
    const same = last && last.state === point.state && last.unknown === point.unknown && sameShares(last.shares, shares);
    const kept = last ? [...past.slice(0, -1), {...last, to: now}] : past;
    next.set(target.target, same ? kept : [...kept, point].slice(-MOST_POINTS));
  }
  return next;
}

const DAY_MS = 86400000;

/** A day is what most of it was, "mixed" when it was not one thing only. */
function stateOfDay(day: Day): State | 'mixed' {
  const states = (Object.keys(day.seconds) as State[]).filter((state) => day.seconds[state] > 0);
  const bad = states.filter((state) => state === 'down' || state === 'degraded');
  if (bad.length > 0 && day.seconds.up > 0) return 'mixed';
  return [...states].sort((a, b) => day.seconds[b] - day.seconds[a])[0] ?? 'unknown';
}

export function seriesOfDays(days: Day[]): Series {
  return days.map((day) => {
    const from = Date.parse(`${day.day}T00:00:00Z`);
    return {from, to: from + DAY_MS, state: stateOfDay(day), unknown: day.unknown_share,
            shares: new Map(day.upstreams.map((upstream) => [upstream.asn, upstream.share.vantage]))};
  });
}

export interface Span {
  from: number;
  to: number;
  state: State | 'mixed';
}

const TARGET_STATE: Record<string, State> = {target_up: 'up', target_down: 'down', target_partial: 'degraded'};

const isState = (word: string): word is State => ['up', 'degraded', 'down', 'unknown'].includes(word);

/** What the log tells of a target's state between `from` and `to`. */
export function spansOfLog(events: IsthmusEvent[], target: string, from: number, to: number): Span[] {
  const spans: Span[] = [];
  for (const event of events) {
    const state = TARGET_STATE[event.kind];
    const time = Date.parse(event.time);
    if (state === undefined || event.target !== target || time > to) continue;
    const last = spans[spans.length - 1];
    if (last) last.to = Math.max(time, from);
    else if (event.before !== null && isState(event.before)) spans.push({from, to: Math.max(time, from), state: event.before});
    spans.push({from: Math.max(time, from), to, state});
  }
  return spans.filter((span) => span.to > span.from);
}

/** Every upstream of a series, in a fixed order. */
export const asnsOf = (series: Series): number[] =>
  [...new Set(series.flatMap((point) => [...point.shares.keys()]))].sort((a, b) => a - b);
