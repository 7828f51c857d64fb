// A small overview: one target of two blocks, two upstreams of which one is lost, three vantage points of which one is blind.
import type {Block, IsthmusEvent, Overview, Target, Vantage, WhatIf} from '../src/api';

export const HOSTILE = `<b>"x"&'</b>`;

export function block(name: string, part: Partial<Block> = {}): Block {
  return {block: name, state: 'up', since: '2017-10-01T09:00:00.000Z', learning: false, redundancy: 'never', lost_upstreams: [],
          units: [{asn: 4837, units: 2}], ...part};
}

export function target(part: Partial<Target> = {}): Target {
  return {
    target: 'north-korea', asn: 131279, state: 'up', since: '2017-10-01T09:00:00.000Z', redundancy: 'never', upstream_count: 1,
    unknown_share: 0, min_cut_as: 1, chokepoints: [],
    upstreams: [
      {asn: 4837, name: 'China Unicom', state: 'up', confidence: 'A', last_seen: '2017-10-01T10:00:00.000Z', share: {estimate: 1, low: 0.8, high: 1}},
      {asn: 20485, name: 'TransTeleCom', state: 'down', confidence: 'A', last_seen: '2017-10-01T09:30:00.000Z', share: {estimate: 0, low: 0, high: 0.2}}],
    blocks: [block('175.45.176.0/24', {redundancy: 'lost', lost_upstreams: [20485]}), block('175.45.177.0/24')],
    blocks_by_state: {up: 2, degraded: 0, down: 0, unknown: 0}, blocks_without_redundancy_they_had: 1, units: [{asn: 4837, units: 4}], ...part};
}

export function vantage(name: string, part: Partial<Vantage> = {}): Vantage {
  return {vantage: name, asn: 680, state: 'valid', voting: true, reason: null, problem: null, since: null, last_observation: null,
          controls: 5, controls_answering: 5, units: [{asn: 4837, units: 2}], ...part};
}

export const blind = (name: string): Vantage =>
  vantage(name, {state: 'invalid', voting: false, reason: '0 of 5 controls answer', units: []});

export function overview(part: Partial<Overview> = {}): Overview {
  return {time: '2017-10-01T10:00:00.000Z', version: '1.2.3', blocks: 2, blocks_listed: true, warnings: [], targets: [target()],
          vantages: [vantage('us'), vantage('japan'), blind('germany')], ...part};
}

let nextId = 1;
export function event(kind: string, part: Partial<IsthmusEvent> = {}): IsthmusEvent {
  return {id: nextId++, time: '2017-10-01T10:00:00.000Z', kind, target: 'north-korea', block: null, upstream_asn: null, vantage: null,
          before: null, after: null, evidence: {summary: '', vantages: [], traces: []}, ...part};
}

export function whatIf(): WhatIf {
  const transTeleCom = {asn: 20485, name: 'TransTeleCom', share: 1};
  return {
    fail: {ases: [{asn: 4837, name: 'China Unicom'}], routers: []},
    targets: [{target: 'north-korea', blocks_by_fate: {dark: 1, loses_redundancy: 1, keeps: 0, unaffected: 0, not_known: 0},
               carried_by: [transTeleCom],
               blocks: [{block: '175.45.176.0/24', fate: 'loses_redundancy', carried_by: [transTeleCom]},
                        {block: '175.45.177.0/24', fate: 'dark', carried_by: []}]}]};
}
