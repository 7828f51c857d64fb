import {describe, expect, it} from 'vitest';
import {MOST_UPSTREAMS, MOST_VANTAGES} from '../src/map_columns';
import {mapModel} from '../src/map_model';
import {block, overview, target, vantage, whatIf} from './sample';

const named = <T extends {id: string}>(boxes: T[], id: string): T => boxes.find((box) => box.id === id)!;

describe('the map', () => {
  it('gives ribbons the width of what is seen, from vantage point to upstream to block', () => {
    const model = mapModel(overview());
    expect(model.units).toBe(4);
    expect(model.ribbons.filter((r) => r.to === 'as-4837').map((r) => [r.from, r.units])).toEqual([['vp-us', 2], ['vp-japan', 2]]);
    expect(model.ribbons.find((r) => r.from === 'as-4837' && r.to.endsWith('177.0/24'))).toMatchObject({units: 2, look: 'up'});
    expect(named(model.upstreams, 'as-4837').detail).toBe('100 % of what is seen');
  });

  it('makes lost redundancy stand out while everything is still up', () => {
    const model = mapModel(overview());
    const [thin, single] = model.groups[0]!.boxes;
    expect(thin).toMatchObject({look: 'thin', detail: 'redundancy lost'});
    expect(single).toMatchObject({look: 'up', detail: 'up, one upstream'});
    expect(named(model.upstreams, 'as-20485')).toMatchObject({look: 'lost', detail: 'lost: carries nothing now'});
    expect(model.ribbons.filter((r) => r.from === 'as-20485')).toMatchObject([{units: 0, look: 'lost', to: thin!.id}]);
  });

  it('shows a blind vantage point as one that cannot see, without a ribbon', () => {
    const model = mapModel(overview());
    expect(named(model.vantages, 'vp-germany')).toMatchObject({look: 'blind', detail: 'cannot see'});
    expect(model.ribbons.some((r) => r.from === 'vp-germany')).toBe(false);
  });

  it('shows what nobody can tell as unknown, and an outage as an outage even so', () => {
    const units = [{asn: null, units: 2}];
    const dark = target({state: 'down', blocks: [block('a', {state: 'down', units}), block('b', {units})], units: [{asn: null, units: 4}]});
    const model = mapModel(overview({targets: [dark], vantages: [vantage('us', {units: [{asn: null, units: 4}]})]}));
    expect(named(model.upstreams, 'as-unknown')).toMatchObject({look: 'unknown', detail: 'no upstream could be told for 100 %'});
    expect(model.ribbons.filter((r) => r.from === 'as-unknown').map((r) => r.look)).toEqual(['down', 'unknown']);
    expect(named(model.upstreams, 'as-4837').detail).toBe('nothing seen of it now');
  });

  it('folds many vantage points into those that see and those that do not', () => {
    const many = Array.from({length: MOST_VANTAGES + 6}, (_, n) => vantage(`vp${n}`, n < 3 ? {state: 'invalid', voting: false, units: []} : {}));
    const model = mapModel(overview({vantages: many}));
    expect(model.vantages.map((box) => `${box.title} ${box.detail}`)).toEqual(['27 vantage points see', '3 vantage points cannot see']);
    expect(model.ribbons.find((r) => r.from === 'vp-all-up')!.units).toBe(54);
  });

  it('keeps the upstreams that carry most and folds the others', () => {
    const upstreams = Array.from({length: 20}, (_, n) => ({...target().upstreams[0]!, asn: 100 + n, name: null}));
    const units = upstreams.map(({asn}) => ({asn, units: asn === 119 ? 9 : 1}));
    const model = mapModel(overview({targets: [target({upstreams, units, blocks: [block('a', {units})]})]}));
    expect(model.upstreams).toHaveLength(MOST_UPSTREAMS);
    expect(named(model.upstreams, 'as-119')).toBeDefined();
    expect(named(model.upstreams, 'as-others').title).toBe('9 other upstreams');
    const into = model.ribbons.filter((r) => r.to.startsWith('block-')).reduce((sum, r) => sum + r.units, 0);
    expect(into).toBe(28);
  });

  it('folds blocks that are alike when there are many, and leaves those that are not', () => {
    const blocks = Array.from({length: 30}, (_, n) => block(`10.0.${n}.0/24`, n === 7 ? {state: 'down'} : n > 27 ? {redundancy: 'lost'} : {}));
    const model = mapModel(overview({blocks: 30, targets: [target({blocks, units: [{asn: 4837, units: 60}]})]}));
    expect(model.groups[0]!.boxes.map((box) => `${box.title}: ${box.detail}`)).toEqual([
      '27 blocks: up, one upstream', '10.0.7.0/24: down', '2 blocks: redundancy lost']);
    expect(model.ribbons.filter((r) => r.from === 'as-4837').map((r) => r.units)).toEqual([54, 2, 4]);
  });

  it('folds targets that need no attention when there are many', () => {
    const targets = Array.from({length: 40}, (_, n) => target({target: `t${n}`, blocks_without_redundancy_they_had: 0,
                                                               redundancy: n === 3 ? 'lost' : 'held', state: n === 5 ? 'down' : 'up'}));
    const model = mapModel(overview({blocks: 300, blocks_listed: false, targets}));
    expect(model.groups.map((group) => `${group.title}: ${group.note}`)).toEqual(['t3: redundancy lost', 't5: down', '38 other targets: all up']);
    expect(model.ribbons.find((r) => r.to === 'calm')).toMatchObject({from: 'as-4837', units: 38 * 4});
    expect(mapModel(overview({blocks_listed: false, targets}), whatIf()).groups).toHaveLength(40);
  });

  it('folds blocks by target when the server does not list them', () => {
    const folded = target({blocks: [], blocks_by_state: {up: 290, degraded: 0, down: 10, unknown: 0}, units: [{asn: 4837, units: 600}]});
    const model = mapModel(overview({blocks_listed: false, blocks: 300, targets: [folded]}));
    expect(model.groups[0]!.boxes).toMatchObject([{title: '300 blocks', look: 'down', detail: '10 down, 1 without redundancy, 290 up'}]);
    expect(model.ribbons.find((r) => r.from === 'as-4837')).toMatchObject({units: 600});
  });

  it('paints a what-if by the fate of each block', () => {
    const model = mapModel(overview(), whatIf());
    expect(model.groups[0]!.boxes.map((box) => box.detail)).toEqual(['one upstream would be left', 'would go dark']);
    expect(named(model.upstreams, 'as-4837')).toMatchObject({look: 'failed', detail: 'failed, in this what-if'});
    expect(model.ribbons.filter((r) => r.from === 'as-4837').every((r) => r.look === 'failed')).toBe(true);
  });
});
