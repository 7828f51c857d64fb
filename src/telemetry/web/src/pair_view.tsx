// The paths behind one event, before and after, side by side.
import {api, type IsthmusEvent} from './api';
import {useAnswer} from './hooks';
import {networksOf, type Owners, type PairHop, type PathPair, pairsOfEvent, pairsOfExplanation, type PathSide, rowsOf} from './path_pairs';
import {asText, fullTime, milliseconds} from './words';

function HopCell({hop}: {hop: PairHop | null}) {
  if (hop === null) return <td class="none"><span class="hidden">no hop</span></td>;
  if (hop.address === null) return <td class="silent">* <span class="soft">silent{hop.note && `, ${hop.note}`}</span></td>;
  return (
    <td>
      <code>{hop.address}</code>{hop.rttMs !== null && <span class="soft"> {milliseconds(hop.rttMs)}</span>}
      <span class="who">{hop.asn !== null ? asText(hop.asn, hop.name) : ''}{hop.note && <span class="soft"> {hop.note}</span>}</span>
    </td>
  );
}

function Head({word, side}: {word: string; side: PathSide | null}) {
  if (side === null) return <th scope="col">{word}<span class="soft"> not kept</span></th>;
  return (
    <th scope="col">{word}<span class="soft"> {fullTime(side.started).slice(11)}{side.stop && `, ended by ${side.stop.replaceAll('_', ' ')}`}</span>
      <span class="networks">{networksOf(side.hops).map(({asn}) => `AS${asn}`).join(' → ')}</span>
      {side.conclusion && <span class="conclusion">{side.conclusion}</span>}
    </th>
  );
}

function Pair({pair}: {pair: PathPair}) {
  const caption = `From ${pair.vantage} to ${pair.destination}, ${pair.flow}`;
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={caption}>
      <table class="pair">
        <caption>{caption}</caption>
        <thead><tr><th scope="col">Hop</th><Head word="Before" side={pair.before} /><Head word="After" side={pair.after} /></tr></thead>
        <tbody>{rowsOf(pair).map((row) => (
          <tr key={row.ttl} class={row.differs ? 'differs' : ''}>
            <th scope="row">{row.ttl}{row.differs && <span class="mark"><span aria-hidden="true"> ≠</span><span class="hidden"> differs</span></span>}</th>
            <HopCell hop={row.before} /><HopCell hop={row.after} />
          </tr>))}</tbody>
      </table>
    </div>
  );
}

/** Why each side was read as it was is more than the traces alone can tell. */
async function pairsFor(event: IsthmusEvent, owners: Owners): Promise<PathPair[]> {
  try {
    return pairsOfExplanation(await api.explain(event.id));
  } catch {
    // Its network data may not be readable just now; the traces stand in the log.
  }
  const whole = event.evidence.traces.length > 0 ? event : await api.event(event.id);
  return whole ? pairsOfEvent(whole, owners) : [];
}

export function PairView({event, owners}: {event: IsthmusEvent; owners: Owners}) {
  const pairs = useAnswer(() => pairsFor(event, owners), [event.id, owners.size]);
  if (pairs.problem) return <p class="hint">The paths cannot be read: {pairs.problem}</p>;
  if (pairs.value === null) return <p class="hint" role="status">Reading the paths…</p>;
  if (pairs.value.length === 0) return <p class="hint">This event rests on pings: no paths were kept with it.</p>;
  return <>{pairs.value.map((pair) => <Pair key={`${pair.vantage} ${pair.destination} ${pair.flow}`} pair={pair} />)}</>;
}
