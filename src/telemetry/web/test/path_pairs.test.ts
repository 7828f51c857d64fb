import {describe, expect, it} from 'vitest';
import type {AtlasTrace, ExplainedSide} from '../src/api';
import {networksOf, pairsOfEvent, pairsOfExplanation, rowsOf} from '../src/path_pairs';
import {event} from './sample';

function trace(vantage: string, timestamp: number, addresses: (string | null)[]): AtlasTrace {
  return {vantage, dst_addr: '175.45.176.15', paris_id: 2, proto: 'UDP', timestamp,
          result: addresses.map((from, at) => ({hop: at + 1, result: [from === null ? {} : {from, rtt: 1.5}]})),
          isthmus: {stop: 'reached', started_ns: timestamp * 1e9}};
}

const side = (addresses: string[], asn: number): ExplainedSide => ({
  started: '2017-10-01T10:00:00.000Z', ended_by: 'reached',
  conclusion: {upstream_asn: asn, upstream_name: 'Carrier', conclusive: true, confidence: 'A', probability: 0.978, why: 'it is adjacent'},
  hops: addresses.map((address, at) => ({ttl: at + 1, address, rtt_seconds: 0.001, asn: 1, name: 'Owner', operator_asn: at === 0 ? null : asn,
                                         operator_name: at === 0 ? null : 'Carrier', note: null}))});

describe('the paths of an event', () => {
  it('pair the first and the last trace of each flow, whatever their order', () => {
    const traces = [trace('us', 200, ['a', 'c']), trace('us', 100, ['a', 'b']), trace('germany', 150, ['d'])];
    const pairs = pairsOfEvent(event('upstream_lost', {evidence: {summary: '', vantages: [], traces}}), new Map([['b', {asn: 7, name: 'Bee'}]]));
    expect(pairs.map(({vantage, before}) => [vantage, before !== null])).toEqual([['us', true], ['germany', false]]);
    expect(pairs[0]).toMatchObject({destination: '175.45.176.15', flow: 'udp, flow 2'});
    expect(pairs[0]!.before!.hops[1]).toMatchObject({address: 'b', asn: 7, name: 'Bee', rttMs: 1.5});
  });

  it('stand side by side by TTL, with what differs marked', () => {
    const traces = [trace('us', 100, ['a', 'b', null, 'd']), trace('us', 200, ['a', 'c', null])];
    const [pair] = pairsOfEvent(event('x', {evidence: {summary: '', vantages: [], traces}}), new Map());
    expect(rowsOf(pair!).map((row) => [row.ttl, row.before?.address, row.after?.address, row.differs])).toEqual([
      [1, 'a', 'a', false], [2, 'b', 'c', true], [3, null, null, false], [4, 'd', undefined, true]]);
  });

  it('mark nothing where there is nothing to compare with', () => {
    const [pair] = pairsOfEvent(event('x', {evidence: {summary: '', vantages: [], traces: [trace('us', 1, ['a'])]}}), new Map());
    expect(rowsOf(pair!)).toMatchObject([{before: null, differs: false}]);
  });

  it('come with conclusions and the operators of routers when explained', () => {
    const [pair] = pairsOfExplanation({changes: [{vantage: 'us', destination: 'x', protocol: 'udp', flow: 2, before: null, after: side(['a', 'b'], 4837)}]});
    expect(pair!.after.conclusion).toBe('Upstream AS4837 Carrier, confidence A, 97 % sure: it is adjacent');
    expect(pair!.after.hops.map(({asn, name, rttMs}) => [asn, name, rttMs])).toEqual([[1, 'Owner', 1], [4837, 'Carrier', 1]]);
  });

  it('say so when the conclusion is none', () => {
    const unsure = side(['a'], 4837);
    unsure.conclusion = {...unsure.conclusion!, conclusive: false};
    const pair = (conclusion: ExplainedSide['conclusion']) =>
      pairsOfExplanation({changes: [{vantage: 'us', destination: 'x', protocol: 'udp', flow: 2, before: {...unsure, conclusion}, after: unsure}]})[0]!;
    expect(pair(null).before!.conclusion).toBe('');
    expect(pair(unsure.conclusion).before!.conclusion).toBe('Upstream unknown; AS4837 Carrier is likeliest, but only 97 % sure');
  });

  it('name each network on the way once', () => {
    const hop = (asn: number | null) => ({asn, name: null});
    expect(networksOf([hop(1), hop(1), hop(null), hop(1), hop(2), hop(1)]).map(({asn}) => asn)).toEqual([1, 2, 1]);
  });
});
