// The timeline of one target: live since the page was opened, or the last thirty days, with the same as a table.
import {useState} from 'preact/hooks';
import {api, type IsthmusEvent, type Target} from './api';
import {Chart, styleOf} from './chart';
import {useAnswer} from './hooks';
import {asnsOf, type Series, seriesOfDays, type Span, spansOfLog} from './series';
import {asText, fullTime, percent, plural} from './words';

const LEAST_LIVE_MS = 2 * 60000;
const RECENT_MS = 10 * 60000;
const LEAD_MS = 5000;
const MOST_LIVE_MS = 6 * 3600000;

interface View {
  series: Series;
  spans: Span[];
  from: number;
  to: number;
  seenFrom: number;
}

function liveView(live: Series, events: IsthmusEvent[], target: string, now: number): View {
  const first = live[0]?.from ?? now;
  // What led up to now is shown as well, as far as it is recent.
  const recent = events.map((event) => Date.parse(event.time)).filter((time) => time > now - RECENT_MS);
  const start = Math.min(first, ...recent) - LEAD_MS;
  const from = Math.max(Math.min(start, now - LEAST_LIVE_MS), now - MOST_LIVE_MS);
  return {series: live, from, to: now, seenFrom: first,
          spans: [...spansOfLog(events, target, from, first), ...live.map(({from: start, to, state}) => ({from: start, to, state}))]};
}

function daysView(days: Series): View {
  const first = days[0]?.from ?? 0;
  const to = days[days.length - 1]?.to ?? 1;
  return {series: days, spans: days, from: first, to, seenFrom: first};
}

function ShareTable({series, names, days}: {series: Series; names: Map<number, string>; days: boolean}) {
  const rows = [...series].reverse().slice(0, 40);
  return (
    <details class="table">
      <summary>The shares as a table</summary>
      <div class="scroll" tabIndex={0} role="group" aria-label="The shares as a table"><table>
        <thead><tr><th scope="col">{days ? 'Day' : 'Since'}</th><th scope="col">State</th>
          {asnsOf(series).map((asn) => <th key={asn} scope="col">{asText(asn, names.get(asn))}</th>)}<th scope="col">Unknown</th></tr></thead>
        <tbody>{rows.map((point) => (
          <tr key={point.from}><th scope="row">{days ? fullTime(new Date(point.from).toISOString()).slice(0, 10) : fullTime(new Date(point.from).toISOString())}</th>
            <td>{point.state}</td>
            {asnsOf(series).map((asn) => {
              const share = point.shares.get(asn);
              return <td key={asn}>{share ? `${percent(share.estimate)} (${percent(share.low)} to ${percent(share.high)})` : 'not seen'}</td>;
            })}
            <td>{percent(point.unknown)}</td></tr>))}</tbody>
      </table></div>
    </details>
  );
}

/** `live` is what the page has seen itself; `day` makes the thirty days be asked for again when it changes. */
export function Timeline({target, live, events, now, high}: {
  target: Target; live: Series; events: IsthmusEvent[]; now: number; high: number;
}) {
  const [days, setDays] = useState(false);
  const name = target.target;
  const history = useAnswer(days ? () => api.history(name).then(seriesOfDays) : null, [days, name]);
  const names = new Map(target.upstreams.map((upstream) => [upstream.asn, upstream.name ?? '']));
  const own = events.filter((event) => event.target === name || event.kind.startsWith('vantage'));
  const view = days ? daysView(history.value ?? []) : liveView(live, own, name, now);
  const shares = target.upstreams.map((upstream) => `${asText(upstream.asn, upstream.name)} ${percent(upstream.share.estimate)}`);
  const group = `range-${name}`;
  return (
    <div class="timeline">
      <div class="row">
        <fieldset class="choice">
          <legend class="hidden">Time shown for {name}</legend>
          <label><input type="radio" name={group} checked={!days} onChange={() => setDays(false)} /><span>Live</span></label>
          <label><input type="radio" name={group} checked={days} onChange={() => setDays(true)} /><span>30 days</span></label>
        </fieldset>
        <ul class="legend" aria-label={`Upstreams of ${name}`}>
          {target.upstreams.map((upstream) => (
            <li key={upstream.asn}>
              <svg width="26" height="10" class={styleOf(view.series, upstream.asn)} aria-hidden="true"><path class="stroke" d="M1 5h24" /></svg>
              {asText(upstream.asn, upstream.name)} <strong>{upstream.state === 'down' ? 'lost' : percent(upstream.share.estimate)}</strong>
            </li>))}
          {target.unknown_share > 0 && <li><span class="swatch unknown" aria-hidden="true" />unknown <strong>{percent(target.unknown_share)}</strong></li>}
        </ul>
      </div>
      {history.problem && <p class="hint">The history cannot be read: {history.problem}</p>}
      <Chart series={view.series} spans={view.spans} events={own} from={view.from} to={view.to} high={high} seenFrom={view.seenFrom}
             label={`Shares of ${name} over time, ${days ? 'day by day' : 'live'}. Now: ${shares.join(', ') || 'nothing known'}. `
               + `${plural(own.length, 'event')} in the log.`} />
      <ShareTable series={view.series} names={names} days={days} />
    </div>
  );
}
