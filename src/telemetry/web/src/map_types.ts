// The words of the map. Pure.
import type {State, Units} from './api';

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
export interface Part {
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


export const sum = (units: Units[]): number => units.reduce((total, unit) => total + unit.units, 0);

export function addUnits(a: Units[], b: Units[]): Units[] {
  const sums = new Map(a.map(({asn, units}) => [asn, units]));
  for (const {asn, units} of b) sums.set(asn, (sums.get(asn) ?? 0) + units);
  return [...sums].map(([asn, units]) => ({asn, units}));
}
