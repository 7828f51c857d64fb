// Keeps the page up to date: follows the server's stream of events where there is one, asks every five seconds where
// there is none or while it is broken, and never asks faster than the server answers with ease.
import {api, type IsthmusEvent, type Overview} from './api';

export interface Feed {
  overview: Overview | null;
  events: IsthmusEvent[]; // Ascending id, the latest few hundred.
  logRead: boolean;       // What had happened before is in `events`.
  stream: boolean;        // Followed live; otherwise asked every few seconds.
  lastAnswer: number;     // When the server last answered; 0: not yet.
  problem: string;        // Why it does not; empty while it does.
}

export const POLL_MS = 5000;
const LEAST_PAUSE_MS = 1000;
const PAUSE_PER_ANSWER = 10; // A busy server is asked for a tenth of its time, whatever there is to show.
const RETRY_STREAM_MS = 60000;
export const FIRST_EVENTS = 60;
const MOST_EVENTS = 500;

/** Adds events that are not known yet. */
export function withEvents(known: IsthmusEvent[], more: IsthmusEvent[]): IsthmusEvent[] {
  const ids = new Set(known.map((event) => event.id));
  const added = more.filter((event) => !ids.has(event.id));
  if (added.length === 0) return known;
  return [...known, ...added].sort((a, b) => a.id - b.id).slice(-MOST_EVENTS);
}

export class Live {
  feed: Feed = {overview: null, events: [], logRead: false, stream: false, lastAnswer: 0, problem: ''};
  private source: EventSource | null = null;
  private busy = false;
  private again = false;
  private notBefore = 0;
  private timer = 0;
  private lastStream = 0;
  private lastAsked = 0;

  constructor(private readonly changed: (feed: Feed) => void) {}

  start(): void {
    // What is there first: the stream then tells what comes after it.
    void this.refresh().then(() => this.listen());
    window.setInterval(() => this.tick(), 1000);
  }

  private set(part: Partial<Feed>): void {
    this.feed = {...this.feed, ...part};
    this.changed(this.feed);
  }

  private listen(): void {
    this.lastStream = Date.now();
    const last = this.feed.events[this.feed.events.length - 1]?.id;
    const source = new EventSource(`/api/v1/stream${last === undefined ? '' : `?last_event_id=${last}`}`);
    this.source = source;
    source.addEventListener('open', () => {
      this.set({stream: true});
      void this.refresh();
    });
    source.addEventListener('snapshot', () => void this.refresh());
    source.addEventListener('event', (message) => {
      this.set({events: withEvents(this.feed.events, [JSON.parse(message.data as string) as IsthmusEvent])});
    });
    // The browser connects again by itself, unless the server refuses: then tick() does, after a while.
    source.addEventListener('error', () => this.set({stream: false}));
  }

  private tick(): void {
    if (!this.feed.stream && Date.now() - this.lastAsked >= POLL_MS) void this.refresh();
    if (this.source?.readyState === EventSource.CLOSED && Date.now() - this.lastStream >= RETRY_STREAM_MS) this.listen();
  }

  private async refresh(): Promise<void> {
    const now = performance.now();
    if (this.busy || now < this.notBefore) {
      if (!this.busy && this.timer === 0) {
        this.timer = window.setTimeout(() => {
          this.timer = 0;
          void this.refresh();
        }, this.notBefore - now);
      }
      this.again = true;
      return;
    }
    this.busy = true;
    this.lastAsked = Date.now();
    this.again = false;
    try {
      const last = this.feed.events[this.feed.events.length - 1]?.id;
      const more = last === undefined ? {limit: FIRST_EVENTS} : {after_id: last, limit: MOST_EVENTS};
      await Promise.all([
        api.overview().then((overview) => this.set({overview, lastAnswer: Date.now(), problem: ''})),
        api.events(more).then((events) => this.set({events: withEvents(this.feed.events, events), logRead: true}))]);
    } catch (error) {
      this.set({problem: error instanceof Error ? error.message : String(error)});
    }
    this.busy = false;
    const took = performance.now() - now;
    this.notBefore = now + Math.max(LEAST_PAUSE_MS, took * PAUSE_PER_ANSWER);
    if (this.again) void this.refresh();
  }
}
