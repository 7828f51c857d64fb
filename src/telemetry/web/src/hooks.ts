// What components share: the route, the live feed, the width they have, the answer to a question.
import type {RefObject} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import type {Overview} from './api';
import {type Feed, Live} from './live';
import {parseRoute, type Route} from './route';
import {type Series, withOverview} from './series';

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const changed = (): void => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}

export interface Known {
  feed: Feed;
  series: Map<string, Series>; // Since the page was opened, by target.
  now: number;                 // By this machine's clock; moves once a second.
  serverNow: number;           // By the server's, as far as it has told.
}

export function useLive(): Known {
  const [feed, setFeed] = useState<Feed>(() => new Live(() => undefined).feed);
  const [series, setSeries] = useState<Map<string, Series>>(() => new Map());
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    let seen: Overview | null = null;
    const live = new Live((next) => {
      setFeed(next);
      if (next.overview !== null && next.overview !== seen) {
        const overview = (seen = next.overview);
        setSeries((past) => withOverview(past, overview));
      }
    });
    live.start();
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const serverNow = feed.overview === null ? now : Date.parse(feed.overview.time) + Math.max(0, now - feed.lastAnswer);
  return {feed, series, now, serverNow};
}

/** The width of an element, and a reference to put on it. */
export function useWidth(): [number, RefObject<HTMLDivElement | null>] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    observer.observe(element);
    setWidth(Math.floor(element.clientWidth));
    return () => observer.disconnect();
  }, []);
  return [width, ref];
}

export interface Answer<T> {
  value: T | null;
  problem: string;
}

/** Asks again whenever one of `inputs` changes; keeps the former answer until then. `ask` null: nothing to ask. */
export function useAnswer<T>(ask: (() => Promise<T>) | null, inputs: unknown[]): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({value: null, problem: ''});
  useEffect(() => {
    let current = true;
    if (ask === null) {
      setAnswer({value: null, problem: ''});
      return undefined;
    }
    ask().then(
      (value) => current && setAnswer({value, problem: ''}),
      (error: unknown) => current && setAnswer(({value}) => ({value, problem: error instanceof Error ? error.message : String(error)})));
    return () => {
      current = false;
    };
  }, inputs);
  return answer;
}
