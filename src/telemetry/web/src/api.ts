// The JSON of isthmus under /api/v1, as far as the page reads it, and how it is fetched.

export type State = 'up' | 'degraded' | 'down' | 'unknown';
export type Redundancy = 'never' | 'held' | 'lost';

/** How many (vantage point, block) pairs an upstream carries; asn null: nobody could tell who. */
export interface Units {
  asn: number | null;
  units: number;
}
export interface Share {
  estimate: number;
  low: number;
  high: number;
}
export interface Named {
  asn: number;
  name: string | null;
}
export interface Upstream extends Named {
  state: State;
  confidence: string;
  last_seen: string | null;
  share: Share;
}
export interface Block {
  block: string;
  state: State;
  since: string | null;
  learning: boolean;
  redundancy: Redundancy;
  lost_upstreams: number[];
  units: Units[];
}
export interface Target {
  target: string;
  asn: number | null;
  state: State;
  since: string | null;
  redundancy: Redundancy;
  upstream_count: number;
  unknown_share: number;
  min_cut_as: number | null;
  chokepoints: Named[];
  upstreams: Upstream[];
  blocks: Block[];
  blocks_by_state: Record<State, number>;
  blocks_without_redundancy_they_had: number;
  units: Units[];
}
export interface Vantage {
  vantage: string;
  asn: number | null;
  state: 'valid' | 'invalid' | 'unknown';
  voting: boolean;
  reason: string | null;
  problem: string | null;
  since: string | null;
  last_observation: string | null;
  controls: number;
  controls_answering: number;
  units: Units[];
}
export interface Overview {
  time: string;
  version: string;
  blocks: number;
  blocks_listed: boolean;
  warnings: string[];
  targets: Target[];
  vantages: Vantage[];
}

export interface IsthmusEvent {
  id: number;
  time: string;
  kind: string;
  target: string | null;
  block: string | null;
  upstream_asn: number | null;
  vantage: string | null;
  before: string | null;
  after: string | null;
  evidence: {summary: string; vantages: string[]; traces: AtlasTrace[]};
}

/** A trace as the log keeps it: RIPE Atlas' form, with what isthmus adds. */
export interface AtlasHop {
  hop: number;
  result: {from?: string; rtt?: number}[];
}
export interface AtlasTrace {
  vantage: string;
  dst_addr: string;
  paris_id: number;
  proto: string;
  timestamp: number;
  result: AtlasHop[];
  isthmus: {stop: string; started_ns: number};
}

export interface Conclusion {
  upstream_asn: number | null;
  upstream_name: string | null;
  conclusive: boolean;
  confidence: string;
  probability: number;
  why: string;
}
export interface ExplainedSide {
  started: string;
  ended_by: string;
  conclusion: Conclusion | null;
  hops: (Hop & {operator_asn: number | null; operator_name: string | null; note: string | null})[];
}
export interface Explanation {
  changes: {vantage: string; destination: string; protocol: string; flow: number; before: ExplainedSide | null; after: ExplainedSide}[];
}

export interface Hop {
  ttl: number;
  address: string | null;
  rtt_seconds: number | null;
  asn: number | null;
  name: string | null;
}
export interface PathNow {
  target: string;
  vantage: string;
  block: string;
  destination: string;
  protocol: string;
  flow: number;
  ended: string | null;
  stop: string;
  upstream_asn: number | null;
  confidence: string;
  hops: Hop[];
}
export interface BlockDetail {
  block: string;
  state: State;
  since: string | null;
  unknown_share: number;
  min_cut_as: number | null;
  redundancy: Redundancy;
  learning: boolean;
  upstreams: {asn: number; name: string | null; state: State; units: number}[];
  vantages: {vantage: string; state: State; voting: boolean}[];
}

export interface TargetDetail {
  min_cut_router: number | null;
  router_chokepoints: {address: string; asn: number | null}[];
  blocks: BlockDetail[];
}

export interface Day {
  day: string;
  seconds: Record<State, number>;
  covered_seconds: number;
  availability: number | null;
  unknown_share: number;
  upstreams: {asn: number; share: {vantage: Share}}[];
}

export type Fate = 'dark' | 'loses_redundancy' | 'keeps' | 'unaffected' | 'not_known';
export interface WhatIf {
  fail: {ases: Named[]; routers: string[]};
  targets: {
    target: string;
    blocks_by_fate: Record<Fate, number>;
    carried_by: {asn: number; name: string | null; share: number}[];
    blocks: {block: string; fate: Fate; carried_by: {asn: number; name: string | null; share: number}[]}[];
  }[];
}

/** What the server said instead of an answer. */
export class Refusal extends Error {
  constructor(readonly status: number, text: string) {
    super(text);
  }
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(path, {headers: {Accept: 'application/json'}});
  if (!response.ok) throw new Refusal(response.status, (await response.text()).trim());
  return (await response.json()) as T;
}

const query = (parameters: Record<string, string | number>): string =>
  new URLSearchParams(Object.entries(parameters).map(([key, value]) => [key, String(value)])).toString();

export const api = {
  overview: () => get<Overview>('/api/v1/overview'),
  events: (parameters: Record<string, string | number>) =>
    get<{events: IsthmusEvent[]}>(`/api/v1/events?${query({traces: 'no', ...parameters})}`).then((d) => d.events),
  /** One event with its traces. */
  event: (id: number) =>
    get<{events: IsthmusEvent[]}>(`/api/v1/events?${query({after_id: id - 1, limit: 1})}`).then((d) =>
      d.events.find((event) => event.id === id)),
  explain: (id: number) => get<Explanation>(`/api/v1/explain?${query({event: id})}`),
  history: (target: string) => get<{days: Day[]}>(`/api/v1/history?${query({target})}`).then((d) => d.days),
  paths: (target: string) => get<{paths: PathNow[]}>(`/api/v1/paths?${query({target})}`).then((d) => d.paths),
  detail: (target: string) =>
    get<{targets: TargetDetail[]}>(`/api/v1/targets?${query({target})}`).then((d) => d.targets[0] ?? null),
  whatIf: (asns: number[]) => get<WhatIf>(`/api/v1/whatif?${query({fail: asns.map((asn) => `AS${asn}`).join(',')})}`),
};
