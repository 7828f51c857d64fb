// The paths of an event, before and after, flow by flow: as /api/v1/explain reads them, or, where that cannot be had, plain
// from the traces that the event itself carries. Pure.
import type {AtlasHop, AtlasTrace, Conclusion, ExplainedSide, Explanation, IsthmusEvent} from './api';
import {asText} from './words';

export interface PairHop {
  ttl: number;
  address: string | null; // null: silent.
  rttMs: number | null;
  asn: number | null; // Who runs it, or whose address it is.
  name: string | null;
  note: string;
}
export interface PathSide {
  started: string | null;
  stop: string;
  conclusion: string; // Empty where nobody has drawn one.
  hops: PairHop[];
}
export interface PathPair {
  vantage: string;
  destination: string;
  flow: string;
  before: PathSide | null;
  after: PathSide;
}
export interface PairRow {
  ttl: number;
  before: PairHop | null;
  after: PairHop | null;
  differs: boolean;
}
/** Whose an address is, as far as the page has learned it. */
export type Owners = Map<string, {asn: number | null; name: string | null}>;

const flowText = (protocol: string, flow: number): string => `${protocol.toLowerCase()}, flow ${flow}`;

const sideOfExplanation = (side: ExplainedSide): PathSide => ({
  started: side.started, stop: side.ended_by, conclusion: side.conclusion === null ? '' : conclusionText(side.conclusion),
  hops: side.hops.map((hop) => ({
    ttl: hop.ttl, address: hop.address, rttMs: hop.rtt_seconds === null ? null : hop.rtt_seconds * 1000, note: hop.note ?? '',
    asn: hop.operator_asn ?? hop.asn, name: hop.operator_asn === null ? hop.name : hop.operator_name})),
});

function conclusionText(conclusion: Conclusion): string {
  const {upstream_asn: asn, upstream_name: name, conclusive, confidence, probability, why} = conclusion;
  const sure = `${Math.floor(probability * 100)} % sure`;
  if (asn === null) return `Upstream unknown: ${why}`;
  return conclusive ? `Upstream ${asText(asn, name)}, confidence ${confidence}, ${sure}: ${why}`
                    : `Upstream unknown; ${asText(asn, name)} is likeliest, but only ${sure}`;
}

export const pairsOfExplanation = (explanation: Explanation): PathPair[] =>
  explanation.changes.map((change) => ({
    vantage: change.vantage, destination: change.destination, flow: flowText(change.protocol, change.flow),
    before: change.before && sideOfExplanation(change.before), after: sideOfExplanation(change.after)}));

function hopOfTrace(hop: AtlasHop, owners: Owners): PairHop {
  const answer = hop.result.find((reply) => reply.from !== undefined);
  const address = answer?.from ?? null;
  const owner = address === null ? undefined : owners.get(address);
  return {ttl: hop.hop, address, rttMs: answer?.rtt ?? null, asn: owner?.asn ?? null, name: owner?.name ?? null, note: ''};
}

const sideOfTrace = (trace: AtlasTrace, owners: Owners): PathSide => ({
  started: new Date(trace.timestamp * 1000).toISOString(), stop: trace.isthmus.stop, conclusion: '',
  hops: trace.result.map((hop) => hopOfTrace(hop, owners))});

/** The first and the last trace of every flow, as `isthmus explain` pairs them. */
export function pairsOfEvent(event: IsthmusEvent, owners: Owners): PathPair[] {
  const flows = new Map<string, AtlasTrace[]>();
  for (const trace of event.evidence.traces) {
    const key = `${trace.vantage} ${trace.dst_addr} ${trace.paris_id}`;
    flows.set(key, [...(flows.get(key) ?? []), trace]);
  }
  return [...flows.values()].map((traces) => {
    const sorted = [...traces].sort((a, b) => a.isthmus.started_ns - b.isthmus.started_ns);
    const last = sorted[sorted.length - 1]!;
    return {vantage: last.vantage, destination: last.dst_addr, flow: flowText(last.proto, last.paris_id),
            before: sorted.length > 1 ? sideOfTrace(sorted[0]!, owners) : null, after: sideOfTrace(last, owners)};
  });
}

/** One row for each TTL that either side has. */
export function rowsOf(pair: PathPair): PairRow[] {
  const rows = new Map<number, PairRow>();
  const row = (ttl: number): PairRow => {
    const known = rows.get(ttl) ?? {ttl, before: null, after: null, differs: false};
    rows.set(ttl, known);
    return known;
  };
  for (const hop of pair.before?.hops ?? []) row(hop.ttl).before = hop;
  for (const hop of pair.after.hops) row(hop.ttl).after = hop;
  const sorted = [...rows.values()].sort((a, b) => a.ttl - b.ttl);
  for (const entry of sorted) {
    entry.differs = pair.before !== null && (entry.before === null || entry.after === null || entry.before.address !== entry.after.address);
  }
  return sorted;
}

/** The networks of a path in their order, each once; silent and unknown hops left out. */
export function networksOf(hops: {asn: number | null; name: string | null}[]): {asn: number; name: string | null}[] {
  const networks: {asn: number; name: string | null}[] = [];
  for (const {asn, name} of hops) {
    if (asn !== null && networks[networks.length - 1]?.asn !== asn) networks.push({asn, name});
  }
  return networks;
}
