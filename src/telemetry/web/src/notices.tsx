import type {Level, Notice} from './attention';
import {targetHref} from './route';

const SIGNS: Record<Level, string> = {outage: '✕', warning: '!', unknown: '?', blind: '◌', process: '!', note: 'i', fine: '✓'};
const WORDS: Record<Level, string> = {outage: 'Outage', warning: 'Warning', unknown: 'Unknown', blind: 'Blind', process: 'Process',
                                      note: 'Note', fine: 'Fine'};

export function Notices({notices}: {notices: Notice[]}) {
  return (
    <ul class="notices" aria-label="State of everything, worst first">
      {notices.map((notice) => (
        <li key={`${notice.level} ${notice.title} ${notice.text}`} class={`notice ${notice.level}`}>
          <span class="sign" aria-hidden="true">{SIGNS[notice.level]}</span>
          <div>
            <strong><span class="hidden">{WORDS[notice.level]}: </span>
              {notice.target ? <a href={targetHref(notice.target)}>{notice.title}</a> : notice.title}</strong>
            <span class="text">{notice.text}</span>
          </div>
        </li>
      ))}
    </ul>
  );
}
