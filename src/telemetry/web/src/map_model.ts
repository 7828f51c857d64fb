// What the map shows: three columns of boxes and the ribbons between them, folded where there are too many. Pure; where
// things stand on the screen is map_layout's matter.
import type {Block, Fate, Overview, State, Target, Units, Vantage, WhatIf} from './api';
import {asText, percent, plural} from './words';

/** How a box or a ribbon is painted; always said in words, too. */
export type Look = State | 'blind' | 'lost' | 'thin' | 'failed';

export interface Box {
  id: string;
  title: string;
  detail: string;
  look: Look;
  units: number;
  asn?: number; // Of an upstream that can be clicked away.
}
export interface Group {
  target: string; // Empty: of many targets.
  title: string;
  state: State;
  note: string;
  boxes: Box[];
}
export interface Ribbon {
  from: string;
  to: string;
  units: number; // 0: a trace of what was.
  look: Look;
}
/** A box of blocks with what is needed to draw ribbons into it. */
interface Part {
  box: Box;
  units: Units[];
  lost: number[];
}
export interface MapModel {
  vantages: Box[];
  upstreams: Box[];
  groups: Group[];
  ribbons: Ribbon[];
  units: number;
}

export const MOST_VANTAGES = 24;
export const MOST_UPSTREAMS = 12;
export const MOST_BOXES = 24;   // Of blocks; beyond that, those that are alike stand in one box.
export const MOST_TARGETS = 30; // Beyond that, those that need no attention stand in one box.
const UNKNOWN = 'as-unknown';
const OTHERS = 'as-others';

const sum = (units: Units[]): number => units.reduce((total, unit) => total + unit.units, 0);

function vantageBox(vantage: Vantage): Box {
  const sees = vantage.voting && vantage.state !== 'invalid';
  const detail = vantage.state === 'invalid' ? 'cannot see' : sees ? '' : 'not sure of its view';
  return {id: `vp-${vantage.vantage}`, title: vantage.vantage,
          detail: detail || (vantage.asn === null ? 'sees' : `AS${vantage.asn}`),
          look: sees ? 'up' : 'blind', units: sum(vantage.units)};
}

/** Boxes of the vantage points, and which of them each stands in. */
function vantageColumn(vantages: Vantage[]): {boxes: Box[]; boxOf: (vantage: Vantage) => string} {
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

function upstreamColumn(targets: Target[], all: number, fail: number[]): {boxes: Box[]; boxOf: (asn: number | null) => string} {
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

const FATES: Record<Fate, {look: Look; text: string}> = {
  dark: {look: 'down', text: 'would go dark'},
  loses_redundancy: {look: 'thin', text: 'one upstream would be left'},
  keeps: {look: 'up', text: 'stays redundant'},
  unaffected: {look: 'up', text: 'not affected'},
  not_known: {look: 'unknown', text: 'not known'},
};

function blockBox(target: string, block: Block, fate: Fate | undefined): Box {
  const id = `block-${target}-${block.block}`;
  const units = sum(block.units);
  if (fate) return {id, title: block.block, detail: FATES[fate].text, look: FATES[fate].look, units};
  const carriers = block.units.filter((unit) => unit.asn !== null);
  if (block.state === 'up' && block.redundancy === 'lost') {
    return {id, title: block.block, detail: 'redundancy lost', look: 'thin', units};
  }
  const word = block.learning && block.state === 'up' ? 'up, learning' : block.state;
  return {id, title: block.block, units, look: block.state,
          detail: block.state === 'up' && carriers.length === 1 ? `${word}, one upstream` : word};
}

function foldedBox(target: Target, verdict: WhatIf['targets'][number] | undefined): Box {
  const {up, degraded, down, unknown} = target.blocks_by_state;
  const id = `block-${target.target}`;
  const title = plural(up + degraded + down + unknown, 'block');
  const units = sum(target.units);
  if (verdict) {
    const {dark, loses_redundancy: thin} = verdict.blocks_by_fate;
    return {id, title, units, look: dark > 0 ? 'down' : thin > 0 ? 'thin' : 'up',
            detail: dark + thin === 0 ? 'none affected' : `${dark} would go dark, ${thin} lose redundancy`};
  }
  const lost = target.blocks_without_redundancy_they_had;
  const parts = [down && `${down} down`, degraded && `${degraded} degraded`, unknown && `${unknown} unknown`,
                 lost && `${lost} without redundancy`, up && `${up} up`].filter(Boolean);
  return {id, title, units, detail: parts.join(', '),
          look: down > 0 ? 'down' : degraded > 0 ? 'degraded' : lost > 0 ? 'thin' : up > 0 ? 'up' : 'unknown'};
}

function addUnits(a: Units[], b: Units[]): Units[] {
  const sums = new Map(a.map(({asn, units}) => [asn, units]));
  for (const {asn, units} of b) sums.set(asn, (sums.get(asn) ?? 0) + units);
  return [...sums].map(([asn, units]) => ({asn, units}));
}

/** Blocks that look alike and hang on the same upstreams, in one box; in the order of the first of each kind. */
function alike(parts: Part[]): Part[] {
  const kinds = new Map<string, Part[]>();
  for (const part of parts) {
    const key = [part.box.look, part.box.detail, ...part.units.map(({asn}) => asn), 'lost', ...part.lost].join(' ');
    kinds.set(key, [...(kinds.get(key) ?? []), part]);
  }
  return [...kinds.values()].map((members) => {
    const [first, ...others] = members as [Part, ...Part[]];
    if (others.length === 0) return first;
    const units = others.reduce((all, part) => addUnits(all, part.units), first.units);
    return {units, lost: first.lost, box: {...first.box, title: plural(members.length, 'block'), units: sum(units)}};
  });
}

const lostBy = (target: Target): number[] => target.upstreams.filter(({state}) => state === 'down').map(({asn}) => asn);

function partsOf(target: Target, listed: boolean, many: boolean, answer: WhatIf | null): Part[] {
  const verdict = answer?.targets.find((candidate) => candidate.target === target.target);
  if (!listed) return [{box: foldedBox(target, verdict), units: target.units, lost: lostBy(target)}];
  const fates = new Map(verdict?.blocks.map((block) => [block.block, block.fate]));
  const parts = target.blocks.map((block): Part => ({
    units: block.units, lost: block.lost_upstreams,
    box: blockBox(target.target, block, answer ? fates.get(block.block) ?? 'not_known' : undefined)}));
  return many ? alike(parts) : parts;
}

function groupOf(target: Target, parts: Part[]): Group {
  const note = target.state === 'up' && target.redundancy === 'lost' ? 'redundancy lost' : target.state;
  return {target: target.target, title: target.target, state: target.state, note, boxes: parts.map((part) => part.box)};
}

const isCalm = (target: Target): boolean =>
  target.state === 'up' && target.redundancy !== 'lost' && target.blocks_without_redundancy_they_had === 0;

/** The others, of which nothing need be said. */
function calmPart(targets: Target[]): Part {
  const units = targets.reduce((all, target) => addUnits(all, target.units), [] as Units[]);
  const blocks = targets.reduce((all, target) => all + target.blocks_by_state.up, 0);
  return {units, lost: [], box: {id: 'calm', title: plural(blocks, 'block'), detail: 'up', look: 'up', units: sum(units)}};
}

interface Ends {
  boxOf: (asn: number | null) => string;
  fail: number[];
}

function ribbonsInto(box: Box, units: Units[], lost: number[], {boxOf, fail}: Ends): Ribbon[] {
  const carried = units.map(({asn, units: width}): Ribbon => ({
    from: boxOf(asn), to: box.id, units: width,
    look: asn !== null && fail.includes(asn) ? 'failed' : asn === null && box.look !== 'down' ? 'unknown' : box.look}));
  const gone = lost.filter((asn) => !units.some((unit) => unit.asn === asn))
    .map((asn): Ribbon => ({from: boxOf(asn), to: box.id, units: 0, look: 'lost'}));
  return [...carried, ...gone];
}

function together(ribbons: Ribbon[]): Ribbon[] {
  const merged = new Map<string, Ribbon>();
  for (const ribbon of ribbons) {
    const key = `${ribbon.from} ${ribbon.to} ${ribbon.look}`;
    const known = merged.get(key);
    merged.set(key, known ? {...known, units: known.units + ribbon.units} : ribbon);
  }
  return [...merged.values()];
}

interface Column {
  group: Group;
  parts: Part[];
}

function blockColumn(overview: Overview, answer: WhatIf | null): Column[] {
  const {targets, blocks_listed: listed, blocks} = overview;
  // A what-if may concern anybody.
  const calm = targets.length > MOST_TARGETS && answer === null ? targets.filter(isCalm) : [];
  const column = targets.filter((target) => !calm.includes(target)).map((target): Column => {
    const parts = partsOf(target, listed, blocks > MOST_BOXES, answer);
    return {group: groupOf(target, parts), parts};
  });
  if (calm.length === 0) return column;
  const part = calmPart(calm);
  const title = column.length === 0 ? plural(calm.length, 'target') : plural(calm.length, 'other target');
  return [...column, {parts: [part], group: {target: '', title, state: 'up', note: 'all up', boxes: [part.box]}}];
}

/** `answer` is the what-if for `fail`, null while nothing is clicked away. */
export function mapModel(overview: Overview, answer: WhatIf | null = null): MapModel {
  const fail = answer?.fail.ases.map(({asn}) => asn) ?? [];
  const all = (parts: {units: Units[]}[]): number => parts.reduce((total, {units}) => total + sum(units), 0);
  const units = Math.max(all(overview.targets), all(overview.vantages), 1e-9);
  const vantages = vantageColumn(overview.vantages);
  const upstreams = upstreamColumn(overview.targets, Math.max(all(overview.targets), 1e-9), fail);
  const column = blockColumn(overview, answer);
  const ribbons = overview.vantages.flatMap((vantage) => vantage.units.map(({asn, units: width}): Ribbon => ({
    from: vantages.boxOf(vantage), to: upstreams.boxOf(asn), units: width,
    look: asn === null ? 'unknown' : fail.includes(asn) ? 'failed' : 'up'})));
  const ends = {boxOf: upstreams.boxOf, fail};
  for (const {box, units: carried, lost} of column.flatMap(({parts}) => parts)) ribbons.push(...ribbonsInto(box, carried, lost, ends));
  return {vantages: vantages.boxes, upstreams: upstreams.boxes, groups: column.map(({group}) => group), ribbons: together(ribbons), units};
}
