import {describe, expect, it} from 'vitest';
import {mapHref, parseRoute, targetHref} from '../src/route';
import {HOSTILE} from './sample';

describe('addresses within the page', () => {
  it('lead back to where they came from, whatever a target is called', () => {
    for (const target of ['north-korea', HOSTILE, 'a/b?c#d%25 e', 'straße', '../..']) {
      expect(parseRoute(targetHref(target))).toEqual({page: 'target', target, event: null});
      expect(parseRoute(targetHref(target, 17))).toEqual({page: 'target', target, event: 17});
    }
    expect(parseRoute(mapHref([4837, 20485]))).toEqual({page: 'map', fail: [4837, 20485]});
    expect(parseRoute(mapHref())).toEqual({page: 'map', fail: []});
  });

  it('fall back to the map when they make no sense', () => {
    for (const hash of ['', '#', '#/', '#/nowhere', '#/target/', '#/target/%E0%A4%A', '#/?fail=<b>,AS1']) {
      expect(parseRoute(hash)).toEqual({page: 'map', fail: []});
    }
  });
});
