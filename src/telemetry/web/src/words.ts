// Plain words for numbers, times, networks and events. Pure.
import type {IsthmusEvent, Share} from './api';

export const percent = (ratio: number): string => `${Math.round(Math.min(Math.max(ratio, 0), 1) * 100)} %`;

/** "16 to 76 %" */
export const interval = (share: Share): string => `${Math.round(share.low * 100)} to ${Math.round(share.high * 100)} %`;

export const asText = (asn: number | null, name?: string | null): string =>
  asn === null ? 'unknown' : name ? `AS${asn} ${name}` : `AS${asn}`;

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** "a", "a and b", "a, b and c", "a, b and 3 more" */
export function listed(items: string[], most = 4): string {
  const shown = items.length > most ? [...items.slice(0, most - 1), `${items.length - most + 1} more`] : items;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown[shown.length - 1]}`;
}

/** "12:31:37" */
export const clock = (time: string | number): string => new Date(time).toISOString().slice(11, 19);

/** "2017-10-01 12:31:37 UTC" */
export function fullTime(time: string | null): string {
  return time === null ? 'never' : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** "3 s", "12 min", "5 h", "3 days" */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/** "0.03 ms", "12.3 ms" */
export const milliseconds = (time: number): string => `${time.toFixed(time < 1 ? 2 : 1)} ms`;

export type Weight = 'outage' | 'warning' | 'blind' | 'better' | 'note';

const WEIGHTS: Record<string, Weight> = {
  target_down: 'outage', block_down: 'outage', target_partial: 'outage',
  redundancy_lost: 'warning', upstream_lost: 'warning',
  vantage_invalid: 'blind',
  target_up: 'better', block_up: 'better', redundancy_restored: 'better', upstream_restored: 'better',
  vantage_valid: 'better',
};
export const weightOf = (kind: string): Weight => WEIGHTS[kind] ?? 'note';

/** "upstreams 4837,20485" as the log has them, in words. */
const carriers = (text: string | null): string =>
  listed((text ?? '').split(',').filter(Boolean).map((asn) => (/^\d+$/.test(asn) ? `AS${asn}` : asn)));

/** What several events of one kind about one target say together; `blocks` are theirs. */
export function phrase(event: IsthmusEvent, blocks: string[]): string {
  const target = event.target ?? '';
  const where = blocks.length === 0 ? target : `${listed(blocks, 3)} of ${target}`;
  const many = blocks.length > 1;
  switch (event.kind) {
    case 'upstream_appeared': return `${asText(event.upstream_asn)} now carries ${where}`;
    case 'upstream_lost': return `${asText(event.upstream_asn)} no longer carries ${where}`;
    case 'upstream_restored': return `${asText(event.upstream_asn)} carries ${where} again`;
    case 'share_shifted': return `The shares of ${where} have shifted`;
    case 'redundancy_lost':
      return `${where} ${many ? 'have' : 'has'} lost redundancy: ${carriers(event.after)} alone carries ${many ? 'them' : 'it'}`;
    case 'redundancy_restored':
      return `${where} ${many ? 'have' : 'has'} more than one upstream again: ${carriers(event.after)}`;
    case 'block_down': return `${where} ${many ? 'do' : 'does'} not answer any more`;
    case 'block_up': return `${where} ${many ? 'answer' : 'answers'} again`;
    case 'target_down': return `${where} is dark`;
    case 'target_partial': return `${where} is partly unreachable`;
    case 'target_up': return `${where} is back`;
    case 'vantage_invalid': return `Vantage point ${event.vantage} cannot see`;
    case 'vantage_valid': return `Vantage point ${event.vantage} sees again`;
    default: return `${event.kind.replaceAll('_', ' ')}: ${where || (event.vantage ?? '')}`;
  }
}
