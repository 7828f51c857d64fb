// One cause makes many events: four blocks go dark within a second. Told together they can be read. Pure.
import type {IsthmusEvent} from './api';
import {phrase} from './words';

export interface EventGroup {
  events: IsthmusEvent[]; // Ascending id; at least one.
  text: string;
}

const TOGETHER_MS = 5000;

const sameMatter = (a: IsthmusEvent, b: IsthmusEvent): boolean =>
  a.kind === b.kind && a.target === b.target && a.upstream_asn === b.upstream_asn && a.vantage === b.vantage
  && (a.block === null) === (b.block === null) && a.after === b.after;

/** Groups events (any order) and returns the latest group first. */
export function groupEvents(events: IsthmusEvent[]): EventGroup[] {
  const groups: IsthmusEvent[][] = [];
  for (const event of [...events].sort((a, b) => a.id - b.id)) {
    const time = Date.parse(event.time);
    const near = groups.slice(-6).reverse().find((group) => {
      const first = group[0]!;
      return sameMatter(first, event) && time - Date.parse(first.time) <= TOGETHER_MS
        && !group.some((other) => other.block === event.block);
    });
    if (near) near.push(event);
    else groups.push([event]);
  }
  return groups.reverse().map((group) => ({
    events: group,
    text: phrase(group[0]!, group.flatMap((event) => (event.block === null ? [] : [event.block])).sort()),
  }));
}
