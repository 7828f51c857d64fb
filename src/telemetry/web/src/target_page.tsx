// Everything about one target: its state and upstreams, its blocks, how it is reached now, and how that came about.
import {useEffect, useMemo, useState} from 'preact/hooks';
import {api, type BlockDetail, type IsthmusEvent, type PathNow, type Target, type TargetDetail} from './api';
import {Badge} from './badge';
import type {Known} from './hooks';
import {useAnswer} from './hooks';
import {networksOf, type Owners} from './path_pairs';
import {PairView} from './pair_view';
import {More} from './more';
import {mapHref} from './route';
import {Timeline} from './timeline';
import {groupEvents} from './event_groups';
import {asText, duration, fullTime, interval, listed, milliseconds, percent, plural, weightOf} from './words';

const MOST_BLOCKS = 200;
const MOST_EVENTS = 12;
const REFRESH_MS = 10000;

function UpstreamTable({target, now}: {target: Target; now: number}) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Upstreams"><table>
      <thead><tr><th scope="col">Upstream</th><th scope="col">State</th><th scope="col">Share, with 95 % interval</th>
        <th scope="col">Confidence</th><th scope="col">Last seen</th><th scope="col">Without it</th></tr></thead>
      <tbody>{target.upstreams.map((upstream) => (
        <tr key={upstream.asn}>
          <th scope="row">{asText(upstream.asn, upstream.name)}</th>
          <td><Badge look={upstream.state === 'down' ? 'lost' : upstream.state}>{upstream.state === 'down' ? 'lost' : upstream.state}</Badge></td>
          <td><span class="share-bar" aria-hidden="true"><span class="range" style={{left: percent(upstream.share.low).replace(' ', ''), right: percent(1 - upstream.share.high).replace(' ', '')}} />
            <span class="estimate" style={{width: percent(upstream.share.estimate).replace(' ', '')}} /></span>
            {percent(upstream.share.estimate)} <span class="soft">({interval(upstream.share)})</span></td>
          <td>{upstream.confidence}</td>
          <td>{upstream.last_seen === null ? 'never' : `${duration(now - Date.parse(upstream.last_seen))} ago`}</td>
          <td><a href={mapHref([upstream.asn])}>What if it fails?<span class="hidden"> {asText(upstream.asn)}</span></a></td>
        </tr>))}</tbody>
    </table></div>
  );
}

function carriedBy(block: BlockDetail): string {
  const carriers = block.upstreams.filter((upstream) => upstream.units > 0).map((upstream) => `AS${upstream.asn}`);
  return carriers.length > 0 ? carriers.join(', ') : 'unknown';
}

function seenFrom(block: BlockDetail): string {
  const voting = block.vantages.filter((vantage) => vantage.voting);
  const up = voting.filter((vantage) => vantage.state === 'up').length;
  return `${up} of ${voting.length}`;
}

function BlockTable({blocks}: {blocks: BlockDetail[]}) {
  const order = ['down', 'degraded', 'unknown', 'up'];
  const worst = [...blocks].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Blocks"><table>
      <thead><tr><th scope="col">Block</th><th scope="col">State</th><th scope="col">Redundancy</th><th scope="col">Carried by</th>
        <th scope="col">Reached from</th><th scope="col">Since</th></tr></thead>
      <tbody>{worst.slice(0, MOST_BLOCKS).map((block) => (
        <tr key={block.block}>
          <th scope="row"><code>{block.block}</code></th><td><Badge look={block.state}>{block.state}</Badge></td>
          <td>{block.redundancy === 'lost' ? <Badge look="thin">lost</Badge> : block.redundancy === 'held' ? 'held' : 'never seen'}</td>
          <td>{carriedBy(block)}</td><td>{seenFrom(block)} <span class="soft">vantage points that can see</span></td><td>{fullTime(block.since)}</td>
        </tr>))}</tbody>
      {blocks.length > MOST_BLOCKS && <tfoot><tr><td colSpan={6}>and {blocks.length - MOST_BLOCKS} more</td></tr></tfoot>}
    </table></div>
  );
}

interface Way {
  vantage: string;
  networks: string;
  upstream: string;
  blocks: Set<string>;
  paths: PathNow[];
}

/** Paths over the same networks told as one. */
function waysOf(paths: PathNow[]): Way[] {
  const ways = new Map<string, Way>();
  for (const path of paths) {
    const networks = networksOf(path.hops).map(({asn}) => `AS${asn}`).join(' → ') || 'nobody answered';
    const key = `${path.vantage} ${networks} ${path.upstream_asn}`;
    const way = ways.get(key) ?? {vantage: path.vantage, networks, upstream: asText(path.upstream_asn), blocks: new Set(), paths: []};
    way.blocks.add(path.block);
    way.paths.push(path);
    ways.set(key, way);
  }
  return [...ways.values()].sort((a, b) => a.vantage.localeCompare(b.vantage) || b.paths.length - a.paths.length);
}

function OnePath({path}: {path: PathNow}) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={`Path to ${path.destination}`}>
      <table><caption>To {path.destination}, {path.protocol}, flow {path.flow}, {fullTime(path.ended)}, ended by {path.stop.replaceAll('_', ' ')}</caption>
        <thead><tr><th scope="col">Hop</th><th scope="col">Address</th><th scope="col">Round trip</th><th scope="col">Network</th></tr></thead>
        <tbody>{path.hops.map((hop) => (
          <tr key={hop.ttl}><th scope="row">{hop.ttl}</th><td>{hop.address === null ? '* silent' : <code>{hop.address}</code>}</td>
            <td>{hop.rtt_seconds === null ? '' : milliseconds(hop.rtt_seconds * 1000)}</td>
            <td>{hop.address === null ? '' : asText(hop.asn, hop.name)}</td></tr>))}</tbody>
      </table>
    </div>
  );
}

function PathsNow({paths}: {paths: PathNow[]}) {
  if (paths.length === 0) return <p class="hint">No path is known now.</p>;
  return (
    <ul class="ways">{waysOf(paths).map((way) => (
      <li key={`${way.vantage} ${way.networks} ${way.upstream}`}>
        <details>
          <summary><strong>{way.vantage}</strong> <span class="networks">{way.networks}</span>
            <span class="soft"> upstream {way.upstream}, {plural(way.paths.length, 'flow')} into {listed([...way.blocks].sort(), 3)}</span></summary>
          <OnePath path={way.paths[0]!} />
        </details>
      </li>))}</ul>
  );
}

function EventItem({event, text, open, owners}: {event: IsthmusEvent; text: string; open: boolean; owners: Owners}) {
  const [shown, setShown] = useState(open);
  useEffect(() => {
    if (!open) return;
    setShown(true);
    document.getElementById(`event-${event.id}`)?.scrollIntoView({block: 'start'});
  }, [open]);
  return (
    <li id={`event-${event.id}`} class={weightOf(event.kind)}>
      <details open={shown} onToggle={(toggled) => setShown((toggled.currentTarget as HTMLDetailsElement).open)}>
        <summary><time dateTime={event.time}>{fullTime(event.time)}</time> {text}</summary>
        <p>{event.evidence.summary}</p>
        <p class="soft">Event {event.id}. The same on the command line: <code>isthmus explain {event.id}</code></p>
        {shown && <PairView event={event} owners={owners} />}
      </details>
    </li>
  );
}

const useEvents = (target: string, known: Known) => {
  const older = useAnswer(() => api.events({target, limit: 200}), [target]);
  return useMemo(() => {
    const all = new Map((older.value ?? []).map((event) => [event.id, event]));
    for (const event of known.feed.events) if (event.target === target) all.set(event.id, event);
    return [...all.values()].sort((a, b) => a.id - b.id);
  }, [older.value, known.feed.events, target]);
};

function ownersOf(paths: PathNow[]): Owners {
  return new Map(paths.flatMap((path) => path.hops).flatMap((hop) => (hop.address === null ? [] : [[hop.address, hop]])));
}

function Events({events, open, owners}: {events: IsthmusEvent[]; open: number | null; owners: Owners}) {
  if (events.length === 0) return <p class="hint">Nothing has happened to it yet.</p>;
  const groups = groupEvents(events);
  const at = groups.findIndex((group) => group.events.some((event) => event.id === open));
  return (
    <More first={Math.max(MOST_EVENTS, at + 1)} all={groups.length}>{(most) => (
      <ol class="log">{groups.slice(0, most).map(({events: members, text}) => {
        const chosen = members.find((event) => event.id === open);
        return <EventItem key={members[0]!.id} event={chosen ?? members[0]!} text={text} open={chosen !== undefined} owners={owners} />;
      })}</ol>)}</More>
  );
}

/** How few have to fail, and who is needed by all. */
function Facts({target, detail}: {target: Target; detail: TargetDetail | null}) {
  const cut = [target.min_cut_as !== null && plural(target.min_cut_as, 'network'),
               detail && detail.min_cut_router !== null && plural(detail.min_cut_router, 'router')].filter((text) => typeof text === 'string');
  const needed = [...target.chokepoints.map(({asn, name}) => asText(asn, name)),
                  ...(detail?.router_chokepoints ?? []).map(({address}) => `router ${address}`)];
  return (
    <p class="facts">{plural(target.upstream_count, 'upstream')}; {percent(target.unknown_share)} of what is seen is unknown
      {cut.length > 0 && `; ${cut.join(', or ')} must fail to cut it off`}{needed.length > 0 && `; every way needs ${listed(needed, 6)}`}.</p>
  );
}

export function TargetPage({name, event, known}: {name: string; event: number | null; known: Known}) {
  const target = known.feed.overview?.targets.find((candidate) => candidate.target === name);
  const round = Math.floor(known.now / REFRESH_MS);
  const paths = useAnswer(target ? () => api.paths(name) : null, [name, target !== undefined, round]);
  const detail = useAnswer(target ? () => api.detail(name) : null, [name, target !== undefined, round]);
  const events = useEvents(name, known);
  const owners = useMemo(() => ownersOf(paths.value ?? []), [paths.value]);
  if (!target) return <><h2>{name}</h2><p>isthmus watches no target of this name. <a href={mapHref()}>Back to the map</a></p></>;
  return (
    <>
      <p class="back"><a href={mapHref()}>← The map</a></p>
      <header class="row target-head"><h2>{name}</h2><Badge look={target.state}>{target.state}</Badge>
        {target.redundancy === 'lost' && target.state !== 'down' && <Badge look="thin">redundancy lost</Badge>}
        <span class="soft">{target.asn === null ? '' : `AS${target.asn}, `}since {fullTime(target.since)}</span></header>
      <Facts target={target} detail={detail.value} />
      <section class="card" aria-label="Timeline"><h3>Shares over time</h3>
        <Timeline target={target} live={known.series.get(name) ?? []} events={known.feed.events} now={known.serverNow} high={180} /></section>
      <section class="card"><h3>Upstreams</h3><UpstreamTable target={target} now={known.serverNow} /></section>
      <section class="card"><h3>What happened, with the paths before and after</h3><Events events={events} open={event} owners={owners} /></section>
      <section class="card"><h3>Paths now</h3>{paths.problem && <p class="hint">{paths.problem}</p>}<PathsNow paths={paths.value ?? []} /></section>
      <section class="card"><h3>Blocks</h3><BlockTable blocks={detail.value?.blocks ?? []} /></section>
    </>
  );
}
