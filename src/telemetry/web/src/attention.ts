// What must stand out, worst first: outages, then redundancy that is gone, then who cannot see. Pure.
import type {Overview, Target, Vantage} from './api';
import {asText, listed, plural} from './words';

export type Level = 'outage' | 'warning' | 'blind' | 'unknown' | 'process' | 'note' | 'fine';

export interface Notice {
  level: Level;
  title: string;
  text: string;
  target?: string;
}

const ORDER: Level[] = ['outage', 'warning', 'unknown', 'blind', 'process', 'note', 'fine'];

/** The upstreams that carry a target now. */
export function carriersOf(target: Target): string[] {
  return target.upstreams
    .filter((upstream) => target.units.some((unit) => unit.asn === upstream.asn && unit.units > 0))
    .map((upstream) => asText(upstream.asn, upstream.name));
}

function outageOf(target: Target): Notice | undefined {
  const {target: name, blocks_by_state: blocks} = target;
  const all = blocks.up + blocks.degraded + blocks.down + blocks.unknown;
  if (target.state === 'down') {
    return {level: 'outage', title: `${name} is dark`, text: `None of its ${plural(all, 'block')} answers.`, target: name};
  }
  if (target.state === 'unknown') {
    return {level: 'unknown', title: `Nobody can tell whether ${name} is reachable`,
            text: 'No vantage point that can see has looked yet, or none can see.', target: name};
  }
  if (blocks.down > 0) {
    return {level: 'outage', title: `${name} is partly unreachable`,
            text: `${blocks.down} of ${plural(all, 'block')} ${blocks.down === 1 ? 'does' : 'do'} not answer.`, target: name};
  }
  return undefined;
}

function bridgeOf(target: Target): Notice | undefined {
  if (target.state === 'down' || target.state === 'unknown') return undefined;
  const {target: name} = target;
  const carriers = carriersOf(target);
  if (target.redundancy === 'lost') {
    const alone = carriers.length === 1 ? `${carriers[0]} alone carries it. If that fails, it is dark.` : 'One upstream is left.';
    return {level: 'warning', title: `${name} has lost its redundancy`, text: `Still reachable, but ${alone}`, target: name};
  }
  const lost = target.blocks_without_redundancy_they_had;
  if (lost > 0) {
    return {level: 'warning', title: `${plural(lost, 'block')} of ${name} ${lost === 1 ? 'has' : 'have'} lost redundancy`,
            text: 'Still reachable, but over one upstream where there were two.', target: name};
  }
  if (target.upstream_count === 1 && carriers.length === 1) {
    return {level: 'note', title: `${name} hangs on one upstream`, text: `${carriers[0]} alone carries it.`, target: name};
  }
  return undefined;
}

function blindness(vantages: Vantage[]): Notice[] {
  const blind = vantages.filter((vantage) => vantage.state === 'invalid');
  if (blind.length === 0) return [];
  const names = listed(blind.map((vantage) => vantage.vantage));
  const reasons = [...new Set(blind.flatMap((vantage) => vantage.problem ?? vantage.reason ?? []))];
  return [{level: 'blind', title: `${names} cannot see`,
           text: `${listed(reasons, 2)}${reasons.length ? '. ' : ''}This is no outage: what ${blind.length === 1 ? 'it' : 'they'} `
             + 'would say does not count until the view is back.'}];
}

export function notices(overview: Overview): Notice[] {
  const found: Notice[] = overview.targets.flatMap((target) => [outageOf(target), bridgeOf(target)].filter((n) => n !== undefined));
  found.push(...blindness(overview.vantages));
  for (const text of overview.warnings) found.push({level: 'process', title: 'isthmus itself', text});
  if (!found.some((notice) => notice.level !== 'note' && notice.level !== 'process')) {
    const {targets, vantages} = overview;
    found.push({level: 'fine', title: targets.length === 1 ? `${targets[0]!.target} is reachable` : `All ${targets.length} targets are reachable`,
                text: `${plural(vantages.filter((v) => v.voting).length, 'vantage point')} of ${vantages.length} can see.`});
  }
  return found.sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
}

/** For the window's title. */
export function summary(overview: Overview): string {
  const worst = notices(overview)[0];
  return worst && worst.level !== 'fine' && worst.level !== 'note' ? `${worst.title} · isthmus` : 'isthmus';
}
