// Tells a screen reader what has just happened, without taking it away from where it reads.
import {useEffect, useRef, useState} from 'preact/hooks';
import type {IsthmusEvent} from './api';
import {groupEvents} from './event_groups';

/** What to say of the events after `last`; the latest first, never more than three things. */
export function announcement(events: IsthmusEvent[], last: number): string {
  const groups = groupEvents(events.filter((event) => event.id > last));
  const said = groups.slice(0, 3).map((group) => group.text).join('. ');
  return groups.length > 3 ? `${said}. And ${groups.length - 3} more.` : said;
}

/** `ready` once the log has been read: what was there by then is no news. */
export function Announcer({events, ready}: {events: IsthmusEvent[]; ready: boolean}) {
  const last = useRef<number | null>(null);
  const [text, setText] = useState('');
  useEffect(() => {
    if (!ready) return;
    const latest = events[events.length - 1]?.id ?? 0;
    if (last.current !== null && latest > last.current) setText(announcement(events, last.current));
    last.current = Math.max(last.current ?? 0, latest);
  }, [events, ready]);
  return <p class="hidden" aria-live="polite" id="news">{text}</p>;
}
