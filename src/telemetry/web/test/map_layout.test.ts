import {describe, expect, it} from 'vitest';
import {layoutMap, type MapLayout, type Placed} from '../src/map_layout';
import {mapModel} from '../src/map_model';
import {block, overview, target, vantage} from './sample';

const many = (count: number) => overview({
  blocks: count,
  targets: [target({blocks: Array.from({length: count}, (_, n) => block(`10.0.${n}.0/24`, {lost_upstreams: [n]})), units: [{asn: 4837, units: 2 * count}]})],
  vantages: [vantage('us', {units: [{asn: 4837, units: count}]}), vantage('japan', {units: [{asn: 4837, units: count}]})]});

/** Nearer than three pixels, or on top of each other. */
const overlap = (a: Placed, b: Placed): boolean =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height + 2.99 && b.top < a.top + a.height + 2.99;

/** Where a ribbon begins and ends, from top to bottom. Its path: M x y0 C ... x' y1 L x' y2 C ... x y3. */
function ends(path: string): {start: [number, number]; stop: [number, number]} {
  const numbers = path.match(/-?[\d.]+/g)!.map(Number);
  return {start: [numbers[1]!, numbers[numbers.length - 1]!], stop: [numbers[7]!, numbers[9]!]};
}

function check(layout: MapLayout): void {
  const placed = [...layout.boxes.values()];
  const headings = [...layout.headings.values()].map((heading) => ({...heading, height: heading.height - 4}));
  const outside = placed.filter((box) => box.left < 0 || box.left + box.width > layout.width || box.top < -0.01
    || box.top + box.height > layout.height + 0.01);
  const overlapping = placed.filter((a, at) => [...placed.slice(at + 1), ...headings].some((b) => overlap(a, b)));
  expect({outside, overlapping}).toEqual({outside: [], overlapping: []});
}

describe('the layout of the map', () => {
  it.each([320, 346, 640, 1100])('keeps all boxes inside %i pixels and off each other', (width) => {
    check(layoutMap(mapModel(overview()), width));
    check(layoutMap(mapModel(many(200)), width));
  });

  it('lets every ribbon leave and enter within its boxes', () => {
    const layout = layoutMap(mapModel(overview()), 1000);
    const ribbons = layout.ribbons.filter((ribbon) => !ribbon.ghost);
    expect(ribbons).toHaveLength(4);
    for (const ribbon of ribbons) {
      const [from, to] = ribbon.key.split(' ') as [string, string];
      const {start, stop} = ends(ribbon.path);
      for (const [box, spots] of [[layout.boxes.get(from)!, start], [layout.boxes.get(to)!, stop]] as const) {
        for (const spot of spots) {
          expect(spot).toBeGreaterThanOrEqual(box.top);
          expect(spot).toBeLessThanOrEqual(box.top + box.height);
        }
      }
    }
  });

  it('makes ribbons as thick as what they carry', () => {
    const uneven = overview({vantages: [vantage('us', {units: [{asn: 4837, units: 3}]}), vantage('japan', {units: [{asn: 4837, units: 1}]})]});
    const layout = layoutMap(mapModel(uneven), 1000);
    const thick = (key: string): number => {
      const {start} = ends(layout.ribbons.find((ribbon) => ribbon.key.startsWith(key))!.path);
      return Math.abs(start[1] - start[0]);
    };
    expect(thick('vp-us') / thick('vp-japan')).toBeCloseTo(3, 5);
  });

  it('leaves every box where it was when shares move, as far as it can', () => {
    const before = layoutMap(mapModel(overview()), 1000);
    const after = layoutMap(mapModel(overview({targets: [target({state: 'degraded'})]})), 1000);
    expect([...after.boxes.keys()]).toEqual([...before.boxes.keys()]);
    expect(after.boxes.get('vp-us')).toEqual(before.boxes.get('vp-us'));
  });
});
