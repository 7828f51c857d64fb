// What the map shows: three columns of boxes and the ribbons between them. Pure; where things stand on the screen is
// map_layout's matter.
import type {Overview, Units, WhatIf} from './api';
import {blockColumn} from './map_blocks';
import {upstreamColumn, vantageColumn} from './map_columns';
import {type Box, type MapModel, type Ribbon, sum} from './map_types';

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
