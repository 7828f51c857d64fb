// The whole page: what must stand out, then the map or one target.
import {useEffect, useRef} from 'preact/hooks';
import {api, type Overview, type WhatIf} from './api';
import {notices, summary} from './attention';
import {Announcer} from './announcer';
import {EventList} from './event_list';
import {type Answer, type Known, useAnswer, useLive, useRoute} from './hooks';
import {POLL_MS} from './live';
import {mapModel} from './map_model';
import {MapView} from './map_view';
import {Notices} from './notices';
import {mapHref} from './route';
import {TargetPage} from './target_page';
import {Timeline} from './timeline';
import {WhatIfPanel} from './whatif_panel';
import {clock, duration, fullTime} from './words';

const STALE_MS = 4 * POLL_MS;
const MOST_TIMELINES = 4;

const isStale = ({feed, now}: Known): boolean => feed.problem !== '' && now - feed.lastAnswer > STALE_MS;

function Connection({known}: {known: Known}) {
  const {feed, now} = known;
  if (feed.lastAnswer === 0) return <span class="connection">{feed.problem ? 'no answer yet' : 'asking…'}</span>;
  if (isStale(known)) return <span class="connection stale">no answer for {duration(now - feed.lastAnswer)}</span>;
  return <span class="connection live"><span class="dot" aria-hidden="true" />{feed.stream ? 'live' : `every ${POLL_MS / 1000} s`}
    {feed.overview && <span class="soft"> as of {clock(feed.overview.time)} UTC</span>}</span>;
}

function Stale({known}: {known: Known}) {
  if (!isStale(known)) return null;
  return (
    <p class="notice blind" role="alert"><span class="sign" aria-hidden="true">◌</span>
      <span><strong>This page cannot see isthmus.</strong> What stands here is from {fullTime(known.feed.overview?.time ?? null)} and may be
        over. {known.feed.problem}</span></p>
  );
}

function Timelines({known, overview}: {known: Known; overview: Overview}) {
  const order = ['down', 'degraded', 'unknown', 'up'];
  const targets = [...overview.targets].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)
    || Number(b.redundancy === 'lost') - Number(a.redundancy === 'lost'));
  return (
    <>{targets.slice(0, MOST_TIMELINES).map((target) => (
      <div key={target.target}>{overview.targets.length > 1 && <h3>{target.target}</h3>}
        <Timeline target={target} live={known.series.get(target.target) ?? []} events={known.feed.events} now={known.serverNow}
                  high={overview.targets.length > 1 ? 80 : 130} /></div>))}</>
  );
}

function Home({known, overview, fail, whatIf}: {known: Known; overview: Overview; fail: number[]; whatIf: Answer<WhatIf>}) {
  const toggle = (asn: number): void => {
    location.hash = mapHref(fail.includes(asn) ? fail.filter((other) => other !== asn) : [...fail, asn]);
  };
  const clear = (): void => {
    location.hash = mapHref();
  };
  return (
    <>
      <Notices notices={notices(overview)} />
      <section class="card" aria-labelledby="map-title">
        <h2 id="map-title">Who carries what</h2>
        <WhatIfPanel fail={fail} answer={whatIf} clear={clear} />
        <MapView model={mapModel(overview, fail.length > 0 ? whatIf.value : null)} overview={overview} toggle={toggle} />
      </section>
      <section class="card" aria-labelledby="time-title"><h2 id="time-title">Shares and events over time</h2>
        <Timelines known={known} overview={overview} /></section>
      <section class="card" aria-labelledby="events-title"><h2 id="events-title">What happened</h2>
        <EventList events={known.feed.events} most={12} /></section>
    </>
  );
}

export function App() {
  const route = useRoute();
  const known = useLive();
  const main = useRef<HTMLElement>(null);
  const {overview} = known.feed;
  const fail = route.page === 'map' ? route.fail : [];
  const whatIf = useAnswer(fail.length > 0 ? () => api.whatIf(fail) : null, [fail.join(','), overview?.time]);
  const place = route.page === 'target' ? route.target : '';
  useEffect(() => {
    document.title = overview ? (place ? `${place} · ${summary(overview)}` : summary(overview)) : 'isthmus';
  }, [overview, place]);
  useEffect(() => {
    if (place) main.current?.focus();
  }, [place]);
  const skip = (event: Event): void => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>Skip to the content</a>
      <header class="top"><h1><a href={mapHref()}>isthmus</a></h1><Connection known={known} /></header>
      <main id="main" tabIndex={-1} ref={main}>
        <Stale known={known} />
        {!overview ? <p class="card" role="status">{known.feed.problem ? `isthmus does not answer: ${known.feed.problem}` : 'Asking isthmus…'}</p>
          : route.page === 'target' ? <TargetPage key={route.target} name={route.target} event={route.event} known={known} />
          : <Home known={known} overview={overview} fail={fail} whatIf={whatIf} />}
      </main>
      <Announcer events={known.feed.events} ready={known.feed.logRead} />
      <footer class="soft">
        A share counts what was seen, never traffic. Also here: the <a href="/plain">plain page</a>, <a href="/metrics">metrics</a>, and for
        machines <a href="/api/v1/targets">targets</a>, <a href="/api/v1/paths">paths</a>, <a href="/api/v1/events">events</a>. Networks are
        named from the configured prefix data; @ip-location-db/asn contains data by <a href="https://db-ip.com">DB-IP</a>.
        {overview && ` isthmus ${overview.version}.`}
      </footer>
    </>
  );
}
