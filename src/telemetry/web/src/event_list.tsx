import {groupEvents} from './event_groups';
import type {IsthmusEvent} from './api';
import {More} from './more';
import {targetHref} from './route';
import {clock, fullTime, weightOf} from './words';

const SIGNS = {outage: '✕', warning: '!', blind: '◌', better: '✓', note: '·'} as const;
const WORDS = {outage: 'Outage', warning: 'Warning', blind: 'Blind', better: 'Better', note: 'Note'} as const;

export function EventList({events, most}: {events: IsthmusEvent[]; most: number}) {
  const groups = groupEvents(events);
  if (groups.length === 0) return <p class="hint">Nothing has happened yet.</p>;
  return (
    <More first={most} all={groups.length}>{(shown) => <ol class="events">
      {groups.slice(0, shown).map(({events: members, text}) => {
        const first = members[0]!;
        const weight = weightOf(first.kind);
        return (
          <li key={first.id} class={weight}>
            <time dateTime={first.time} title={fullTime(first.time)}>{clock(first.time)}</time>
            <span class="sign" aria-hidden="true">{SIGNS[weight]}</span>
            <span>
              <span class="hidden">{WORDS[weight]}: </span>
              {first.target === null ? text : <a href={targetHref(first.target, first.id)}>{text}</a>}
              {members.length === 1 && first.kind.startsWith('vantage') && <span class="soft"> {first.evidence.summary}</span>}
            </span>
          </li>
        );
      })}
    </ol>}</More>
  );
}
