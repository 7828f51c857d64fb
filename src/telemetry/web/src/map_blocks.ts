// The third column of the map: the blocks of each target, folded where there are too many, or painted by their fate. Pure.
import type {Block, Fate, Overview, Target, Units, WhatIf} from './api';
import {addUnits, type Box, type Group, type Look, type Part, sum} from './map_types';
import {plural} from './words';

export const MOST_BOXES = 24;   // Of blocks; beyond that, those that are alike stand in one box.
export const MOST_TARGETS = 30; // Beyond that, those that need no attention stand in one box.

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

export interface Column {
  group: Group;
  parts: Part[];
}

export function blockColumn(overview: Overview, answer: WhatIf | null): Column[] {
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
