// Where the boxes of the map stand and how the ribbons run, for a given width. Pure. The order of boxes never changes
// from one snapshot to the next: somebody looks at it while it moves.
import {area, curveBumpX} from 'd3-shape';
import type {Box, Look, MapModel} from './map_types';

export interface Placed {
  left: number;
  top: number;
  width: number;
  height: number;
}
export interface PlacedRibbon {
  key: string;
  path: string;
  look: Look;
  ghost: boolean;
}
export interface MapLayout {
  width: number;
  height: number;
  narrow: boolean;
  dense: boolean; // A heading has one line.
  boxes: Map<string, Placed>;
  headings: Map<string, Placed>; // By target.
  ribbons: PlacedRibbon[];
}

const NARROW = 640;
const RIBBONS_HIGH = 300; // All of them on top of each other, in pixels.
const THICKEST = 26;      // One unit.
const DENSE = 24; // So many boxes of blocks, or more, are kept low.
const HEADING = 56;
const LOW_HEADING = 30;

interface Item {
  id: string;
  height: number;
  gap: number; // Above.
  heading: boolean;
}

function columnsOf(width: number): {narrow: boolean; lefts: number[]; widths: number[]} {
  const narrow = width < NARROW;
  const widths = narrow ? [0.26, 0.29, 0.37].map((part) => Math.floor(width * part))
                        : [0.17, 0.27, 0.22].map((part) => Math.floor(width * part));
  const between = (width - widths.reduce((a, b) => a + b)) / 2;
  return {narrow, widths, lefts: [0, widths[0]! + between, width - widths[2]!]};
}

const items = (boxes: Box[], least: number, scale: number, gap: number): Item[] =>
  boxes.map((box) => ({id: box.id, height: Math.max(least, box.units * scale + 8), gap, heading: false}));

const isDense = (model: MapModel): boolean =>
  model.groups.reduce((count, group) => count + group.boxes.length, 0) > DENSE;

function blockItems(model: MapModel, scale: number, narrow: boolean): Item[] {
  const dense = isDense(model);
  const least = narrow ? 50 : dense ? 26 : 44;
  return model.groups.flatMap((group, at): Item[] => [
    {id: group.target, height: dense && !narrow ? LOW_HEADING : HEADING, gap: at === 0 ? 0 : 14, heading: true},
    ...items(group.boxes, least, scale, dense ? 3 : 8)]);
}

const heightOf = (column: Item[]): number => column.reduce((total, item, at) => total + item.height + (at === 0 ? 0 : item.gap), 0);

interface Side {
  at: number; // Where the next ribbon begins, vertically.
}

/** Ribbons stand in the middle of their box, one below the other in the order in which they come. */
function sides(boxes: Map<string, Placed>, widths: Map<string, number>): Map<string, Side> {
  return new Map([...widths].map(([id, width]) => {
    const box = boxes.get(id)!;
    return [id, {at: box.top + (box.height - width) / 2}];
  }));
}

function ribbonsOf(model: MapModel, boxes: Map<string, Placed>, scale: number): PlacedRibbon[] {
  const order = new Map([...boxes.keys()].map((id, at) => [id, at]));
  const ribbons = model.ribbons.filter(({from, to}) => boxes.has(from) && boxes.has(to));
  const thick = (units: number): number => (units === 0 ? 0 : Math.max(units * scale, 1.5));
  const leaving = new Map<string, number>();
  const arriving = new Map<string, number>();
  for (const {from, to, units} of ribbons) {
    leaving.set(from, (leaving.get(from) ?? 0) + thick(units));
    arriving.set(to, (arriving.get(to) ?? 0) + thick(units));
  }
  const starts = sides(boxes, leaving);
  const ends = sides(boxes, arriving);
  const place = (key: 'from' | 'to', side: Map<string, Side>): Map<(typeof ribbons)[number], number> => {
    const other = key === 'from' ? 'to' : 'from';
    const placed = new Map<(typeof ribbons)[number], number>();
    for (const ribbon of [...ribbons].sort((a, b) => order.get(a[other])! - order.get(b[other])!)) {
      const spot = side.get(ribbon[key])!;
      placed.set(ribbon, spot.at);
      spot.at += thick(ribbon.units);
    }
    return placed;
  };
  const tops = place('from', starts);
  const bottoms = place('to', ends);
  const shape = area<{x: number; y: number; t: number}>().x((p) => p.x).y0((p) => p.y).y1((p) => p.y + p.t).curve(curveBumpX);
  return ribbons.map((ribbon) => {
    const from = boxes.get(ribbon.from)!;
    const t = thick(ribbon.units);
    const path = shape([{x: from.left + from.width, y: tops.get(ribbon)!, t}, {x: boxes.get(ribbon.to)!.left, y: bottoms.get(ribbon)!, t}]);
    return {key: `${ribbon.from} ${ribbon.to} ${ribbon.look}`, path: path ?? '', look: ribbon.look, ghost: ribbon.units === 0};
  });
}

export function layoutMap(model: MapModel, width: number): MapLayout {
  const {narrow, lefts, widths} = columnsOf(width);
  const scale = Math.min(RIBBONS_HIGH / model.units, THICKEST);
  const columns = [items(model.vantages, narrow ? 48 : 42, scale, 8), items(model.upstreams, narrow ? 84 : 60, scale, 12),
                   blockItems(model, scale, narrow)];
  const height = Math.max(...columns.map(heightOf));
  const boxes = new Map<string, Placed>();
  const headings = new Map<string, Placed>();
  columns.forEach((column, c) => {
    // What a column has left goes between its boxes, up to a point, and around them; a heading stays with what is below.
    const left = height - heightOf(column);
    const wider = column.map((_, at) => at > 0 && !column[at - 1]!.heading);
    const gaps = wider.filter(Boolean).length;
    const more = Math.min(left / (gaps + 2), 24);
    let top = (left - more * gaps) / 2;
    column.forEach((item, at) => {
      if (at > 0) top += item.gap + (wider[at] ? more : 0);
      const placed = {left: lefts[c]!, top, width: widths[c]!, height: item.height};
      (item.heading ? headings : boxes).set(item.id, placed);
      top += item.height;
    });
  });
  return {width, height, narrow, dense: isDense(model) && !narrow, boxes, headings, ribbons: ribbonsOf(model, boxes, scale)};
}
