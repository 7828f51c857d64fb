import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {Live, POLL_MS, withEvents} from '../src/live';
import {event, overview} from './sample';

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static latest: FakeSource;
  static count = 0;
  readyState = 0;
  constructor(readonly url: string) {
    super();
    FakeSource.latest = this;
    FakeSource.count += 1;
  }
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
  refuse(): void {
    this.readyState = 2;
    this.dispatchEvent(new Event('error'));
  }
  tell(type: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(type, {data: JSON.stringify(data)}));
  }
}

describe('the live feed', () => {
  let asked: string[];
  let answer: () => Response;
  const asksFor = (path: string): number => asked.filter((url) => url.startsWith(path)).length;

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    FakeSource.count = 0;
    answer = () => Response.json({...overview(), events: [event('target_down', {id: 7})]});
    vi.stubGlobal('window', globalThis);
    vi.stubGlobal('EventSource', FakeSource);
    vi.stubGlobal('fetch', async (url: string) => {
      asked.push(url);
      return answer();
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  async function started(): Promise<Live> {
    const live = new Live(() => undefined);
    live.start();
    await vi.advanceTimersByTimeAsync(10);
    return live;
  }

  it('first asks what there is, then follows what comes after it', async () => {
    const live = await started();
    expect(live.feed).toMatchObject({overview: {version: '1.2.3'}, problem: ''});
    expect(FakeSource.latest.url).toBe('/api/v1/stream?last_event_id=7');
    FakeSource.latest.open();
    expect(live.feed.stream).toBe(true);
    FakeSource.latest.tell('event', event('target_up', {id: 8}));
    expect(live.feed.events.map(({id}) => id)).toEqual([7, 8]);
  });

  it('asks again for each snapshot, but no more often than once a second', async () => {
    await started();
    FakeSource.latest.open();
    for (let i = 0; i < 30; ++i) {
      FakeSource.latest.tell('snapshot', {time: 'x'});
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(asksFor('/api/v1/overview')).toBeGreaterThanOrEqual(3);
    expect(asksFor('/api/v1/overview')).toBeLessThanOrEqual(5);
  });

  it('asks every five seconds where there is no stream, for what is new', async () => {
    await started();
    FakeSource.latest.refuse();
    asked = [];
    await vi.advanceTimersByTimeAsync(4 * POLL_MS);
    expect(asksFor('/api/v1/overview')).toBe(4);
    expect(asked.filter((url) => url.includes('after_id=7'))).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(60000);
    expect(FakeSource.count).toBeGreaterThan(1);
  });

  it('keeps what it has and says why when the server falls silent, and recovers', async () => {
    const live = await started();
    FakeSource.latest.refuse();
    answer = () => new Response('starting: no snapshot yet\n', {status: 503});
    asked = [];
    await vi.advanceTimersByTimeAsync(4 * POLL_MS);
    expect(asksFor('/api/v1/overview')).toBeLessThanOrEqual(4);
    expect(live.feed).toMatchObject({overview: {version: '1.2.3'}, problem: 'starting: no snapshot yet'});
    answer = () => Response.json({...overview(), events: []});
    await vi.advanceTimersByTimeAsync(2 * POLL_MS);
    expect(live.feed.problem).toBe('');
  });
});

describe('the log in memory', () => {
  it('holds every event once, in order, and not without end', () => {
    const known = [event('a', {id: 2})];
    expect(withEvents(known, [event('b', {id: 1}), event('a', {id: 2})]).map(({id}) => id)).toEqual([1, 2]);
    expect(withEvents(known, [event('a', {id: 2})])).toBe(known);
    expect(withEvents([], Array.from({length: 900}, (_, id) => event('a', {id})))).toHaveLength(500);
  });
});
