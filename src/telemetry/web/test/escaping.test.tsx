import {renderToString} from 'preact-render-to-string';
import {describe, expect, it} from 'vitest';
import {Announcer, announcement} from '../src/announcer';
import {notices} from '../src/attention';
import {EventList} from '../src/event_list';
import {mapModel} from '../src/map_model';
import {MapView} from '../src/map_view';
import {Notices} from '../src/notices';
import {TargetPage} from '../src/target_page';
import {Timeline} from '../src/timeline';
import {event, HOSTILE, overview, target, vantage} from './sample';

const SHOWN = `&lt;b>&quot;x&quot;&amp;'&lt;/b>`;

describe('a name with markup in it', () => {
  const hostile = target({target: HOSTILE, redundancy: 'lost', upstreams: [{...target().upstreams[0]!, name: HOSTILE}]});
  const all = overview({targets: [hostile], vantages: [vantage(HOSTILE)]});
  const events = [event('target_down', {target: HOSTILE, evidence: {summary: HOSTILE, vantages: [], traces: []}}),
                  event('vantage_invalid', {target: null, vantage: HOSTILE})];
  const known = {feed: {overview: all, events, logRead: true, stream: true, lastAnswer: 1, problem: ''}, series: new Map(), now: 1, serverNow: 1};

  it.each([
    ['notices', <Notices notices={notices(all)} />],
    ['map', <MapView model={mapModel(all)} overview={all} toggle={() => undefined} />],
    ['timeline', <Timeline target={hostile} live={[]} events={events} now={Date.parse(all.time)} high={100} />],
    ['events', <EventList events={events} most={5} />],
    ['target page', <TargetPage name={HOSTILE} event={null} known={known} />],
    ['page of a target that is not there', <TargetPage name={HOSTILE} event={null} known={{...known, feed: {...known.feed, overview: overview()}}} />],
  ])('is shown as it is, and does nothing: %s', (_, part) => {
    const html = renderToString(part);
    expect(html).not.toContain('<b>');
    // Within text; attributes may leave < as it is, but never a quote.
    expect(html.replaceAll('&gt;', '>').replaceAll('&#39;', "'")).toContain(SHOWN);
  });

  it('is announced as it is', () => {
    expect(announcement(events, 0)).toContain(`${HOSTILE} is dark`);
    expect(renderToString(<Announcer events={events} ready />)).not.toContain('<b>');
  });
});

describe('announcements', () => {
  it('tell only what is new, the latest first, and never more than three things', () => {
    const kinds = ['target_down', 'target_up', 'target_partial', 'redundancy_restored', 'share_shifted'];
    const log = kinds.map((kind, at) => event(kind, {id: 10 + at, after: '4837,20485'}));
    expect(announcement(log, 12)).toBe('The shares of north-korea have shifted. north-korea has more than one upstream again: AS4837 and AS20485');
    expect(announcement(log, 9)).toMatch(/^The shares .* And 2 more\.$/);
  });
});
