import {describe, expect, it} from 'vitest';
import {groupEvents} from '../src/event_groups';
import {asText, clock, duration, fullTime, listed, milliseconds, percent, plural} from '../src/words';
import {event} from './sample';

describe('words', () => {
  it('says numbers as people read them', () => {
    expect([percent(0.4375), percent(1.2), percent(-1)]).toEqual(['44 %', '100 %', '0 %']);
    expect([plural(1, 'block'), plural(3, 'block')]).toEqual(['1 block', '3 blocks']);
    expect([duration(900), duration(99_000), duration(100_000), duration(7_200_000), duration(3 * 86_400_000)])
      .toEqual(['1 s', '99 s', '2 min', '2 h', '3 days']);
    expect([milliseconds(0.0303), milliseconds(12.34)]).toEqual(['0.03 ms', '12.3 ms']);
  });

  it('lists some and counts the rest', () => {
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c']), listed(['a', 'b', 'c', 'd', 'e'], 3)])
      .toEqual(['', 'a', 'a and b', 'a, b and c', 'a, b and 3 more']);
  });

  it('tells times in UTC wherever the browser stands', () => {
    expect(clock('2017-10-01T09:07:51.123Z')).toBe('09:07:51');
    expect(fullTime('2017-10-01T09:07:51.123Z')).toBe('2017-10-01 09:07:51 UTC');
    expect(fullTime(null)).toBe('never');
  });

  it('names networks, and says when none is known', () => {
    expect([asText(4837, 'China Unicom'), asText(4837, null), asText(null)]).toEqual(['AS4837 China Unicom', 'AS4837', 'unknown']);
  });
});

describe('events told together', () => {
  const lost = (block: string | null, time: string) => event('redundancy_lost', {block, time, before: 'redundant', after: '4837'});

  it('makes one line of the blocks that one cause took', () => {
    const [whole, blocks] = groupEvents([lost('10.0.1.0/24', '2017-10-01T10:00:00Z'), lost('10.0.0.0/24', '2017-10-01T10:00:03Z'),
                                         lost(null, '2017-10-01T10:00:03Z')]);
    expect(whole!.text).toBe('north-korea has lost redundancy: AS4837 alone carries it');
    expect(blocks!.text).toBe('10.0.0.0/24 and 10.0.1.0/24 of north-korea have lost redundancy: AS4837 alone carries them');
    expect(blocks!.events).toHaveLength(2);
  });

  it('keeps apart what lies apart in time, or concerns the same block twice', () => {
    const down = (time: string, block = '10.0.0.0/24') => event('block_down', {block, time});
    expect(groupEvents([down('2017-10-01T10:00:00Z'), down('2017-10-01T10:00:02Z')])).toHaveLength(2);
    expect(groupEvents([down('2017-10-01T10:00:00Z'), down('2017-10-01T10:00:06Z', '10.0.1.0/24')])).toHaveLength(2);
  });

  it('has words for every kind of event, and for one that is new to it', () => {
    const text = (kind: string, part = {}) => groupEvents([event(kind, part)])[0]!.text;
    expect(text('upstream_restored', {upstream_asn: 20485, block: '10.0.0.0/24'})).toBe('AS20485 carries 10.0.0.0/24 of north-korea again');
    expect(text('target_down')).toBe('north-korea is dark');
    expect(text('vantage_invalid', {target: null, vantage: 'germany'})).toBe('Vantage point germany cannot see');
    expect(text('comet_seen')).toBe('comet seen: north-korea');
  });
});
