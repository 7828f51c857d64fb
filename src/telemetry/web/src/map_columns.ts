// The first two columns of the map: who looks, and who carries; folded where there are too many. Pure.
import type {Target, Vantage} from './api';
import {type Box, type Look, sum} from './map_types';
import {asText, percent, plural} from './words';

export const MOST_VANTAGES = 24;
export const MOST_UPSTREAMS = 12;
const UNKNOWN = 'as-unknown';
const OTHERS = 'as-others';

function vantageBox(vantage: Vantage): Box {
  const sees = vantage.voting && vantage.state !== 'invalid';
  const detail = vantage.state === 'invalid' ? 'cannot see' : sees ? '' : 'not sure of its view';
  return {id: `vp-${vantage.vantage}`, title: vantage.vantage,
          detail: detail || (vantage.asn === null ? 'sees' : `AS${vantage.asn}`),
          look: sees ? 'up' : 'blind', units: sum(vantage.units)};
}

/** Boxes of the vantage points, and which of them each stands in. */
export function vantageColumn(vantages: Vantage[]): {boxes: Box[]; boxOf: (vantage: Vantage) => string} {
  const boxes = vantages.map(vantageBox);
  if (boxes.length <= MOST_VANTAGES) return {boxes, boxOf: (vantage) => `vp-${vantage.vantage}`};
  const part = (look: Look, detail: string): Box => {
    const members = boxes.filter((box) => box.look === look);
    return {id: `vp-all-${look}`, title: plural(members.length, 'vantage point'), detail, look,
            units: members.reduce((total, box) => total + box.units, 0)};
  };
  const folded = [part('up', 'see'), part('blind', 'cannot see')].filter((box) => !box.title.startsWith('0 '));
  return {boxes: folded, boxOf: (vantage) => `vp-all-${vantageBox(vantage).look}`};
}

interface Carrier {
  asn: number;
  name: string | null;
  units: number;
  lostBy: number; // Targets that have lost it.
  degraded: boolean;
}

function carriersOf(targets: Target[]): Carrier[] {
  const carriers = new Map<number, Carrier>();
  for (const target of targets) {
    for (const upstream of target.upstreams) {
      const carrier = carriers.get(upstream.asn) ?? {asn: upstream.asn, name: upstream.name, units: 0, lostBy: 0, degraded: false};
      carrier.units += target.units.find((unit) => unit.asn === upstream.asn)?.units ?? 0;
      if (upstream.state === 'down') carrier.lostBy += 1;
      if (upstream.state === 'degraded') carrier.degraded = true;
      carriers.set(upstream.asn, carrier);
    }
    for (const {asn, units} of target.units) {
      if (asn !== null && !carriers.has(asn)) carriers.set(asn, {asn, name: null, units, lostBy: 0, degraded: false});
    }
  }
  return [...carriers.values()];
}

function upstreamBox(carrier: Carrier, all: number, failed: boolean): Box {
  const lost = carrier.units === 0 && carrier.lostBy > 0;
  const detail = failed ? 'failed, in this what-if' : lost ? 'lost: carries nothing now'
    : carrier.units === 0 ? 'nothing seen of it now' : `${percent(carrier.units / all)} of what is seen`;
  return {id: `as-${carrier.asn}`, title: asText(carrier.asn, carrier.name), detail, asn: carrier.asn, units: carrier.units,
          look: failed ? 'failed' : lost ? 'lost' : carrier.units === 0 ? 'unknown' : carrier.degraded ? 'degraded' : 'up'};
}

export function upstreamColumn(targets: Target[], all: number, fail: number[]): {boxes: Box[]; boxOf: (asn: number | null) => string} {
  const carriers = carriersOf(targets).sort((a, b) => a.asn - b.asn);
  const kept = new Set([...carriers].sort((a, b) => b.units - a.units || b.lostBy - a.lostBy)
    .slice(0, carriers.length > MOST_UPSTREAMS ? MOST_UPSTREAMS - 1 : MOST_UPSTREAMS).map((carrier) => carrier.asn));
  const boxes = carriers.filter(({asn}) => kept.has(asn)).map((carrier) => upstreamBox(carrier, all, fail.includes(carrier.asn)));
  const others = carriers.filter(({asn}) => !kept.has(asn));
  if (others.length > 0) {
    const units = others.reduce((total, other) => total + other.units, 0);
    boxes.push({id: OTHERS, title: plural(others.length, 'other upstream'), detail: `${percent(units / all)} of what is seen`,
                look: 'up', units});
  }
  const unknown = targets.reduce((total, {units}) => total + (units.find(({asn}) => asn === null)?.units ?? 0), 0);
  if (unknown > 0) {
    boxes.push({id: UNKNOWN, title: 'Unknown', detail: `no upstream could be told for ${percent(unknown / all)}`,
                look: 'unknown', units: unknown});
  }
  return {boxes, boxOf: (asn) => (asn === null ? UNKNOWN : kept.has(asn) ? `as-${asn}` : OTHERS)};
}
