import {describe, expect, it} from 'vitest';
import type {Day} from '../src/api';
import {asnsOf, type Series, seriesOfDays, spansOfLog, withOverview} from '../src/series';
import {event, overview, target} from './sample';

const at = (time: string, part = {}) => overview({time: `2017-10-01T${time}.000Z`, targets: [target(part)]});
const seen = (...overviews: ReturnType<typeof overview>[]): Series =>
  overviews.reduce((series, next) => withOverview(series, next), new Map<string, Series>()).get('north-korea')!;

describe('shares since the page was opened', () => {
  it('lengthen while nothing changes and begin anew when something does', () => {
    const series = seen(at('10:00:00'), at('10:00:01'), at('10:00:02', {state: 'down'}), at('10:00:05', {state: 'down'}));
    expect(series.map(({from, to, state}) => [(to - from) / 1000, state])).toEqual([[2, 'up'], [3, 'down']]);
    expect(series[0]!.to).toBe(series[1]!.from);
  });

  it('do not go back in time', () => {
    expect(seen(at('10:00:05'), at('10:00:01', {state: 'down'}))).toHaveLength(1);
  });

  it('know every upstream there was', () => {
    expect(asnsOf(seen(at('10:00:00'), at('10:00:01', {upstreams: []})))).toEqual([4837, 20485]);
  });
});

describe('days', () => {
  const day = (name: string, seconds: Partial<Day['seconds']>): Day => ({
    day: name, seconds: {up: 0, degraded: 0, down: 0, unknown: 0, ...seconds}, covered_seconds: 86400, availability: 1, unknown_share: 0.25,
    upstreams: [{asn: 4837, share: {vantage: {estimate: 0.75, low: 0.5, high: 1}}}]});

  it('are one point each, and say when they were not one thing only', () => {
    const series = seriesOfDays([day('2017-10-01', {up: 80000, down: 6400}), day('2017-10-02', {up: 86400}), day('2017-10-03', {unknown: 86400})]);
    expect(series.map((point) => point.state)).toEqual(['mixed', 'up', 'unknown']);
    expect(series[0]!.to).toBe(series[1]!.from);
    expect(series[0]).toMatchObject({unknown: 0.25});
  });
});

describe('states from the log', () => {
  it('hold until the next word, and from before the first', () => {
    const log = [event('target_down', {time: '2017-10-01T10:10:00Z', before: 'up'}), event('block_up', {time: '2017-10-01T10:11:00Z'}),
                 event('target_up', {time: '2017-10-01T10:20:00Z'}), event('target_down', {target: 'island', time: '2017-10-01T10:21:00Z'})];
    const minute = (m: number) => Date.parse('2017-10-01T10:00:00Z') + m * 60000;
    expect(spansOfLog(log, 'north-korea', minute(0), minute(30))).toEqual([
      {from: minute(0), to: minute(10), state: 'up'}, {from: minute(10), to: minute(20), state: 'down'}, {from: minute(20), to: minute(30), state: 'up'}]);
    expect(spansOfLog(log, 'north-korea', minute(15), minute(30)).map((span) => span.state)).toEqual(['down', 'up']);
  });
});
