import type {Look} from './map_types';

const SIGNS: Record<Look, string> = {up: '●', degraded: '◐', down: '✕', unknown: '?', blind: '◌', lost: '✕', thin: '!', failed: '✕'};

/** A state as a word, a sign and a colour. */
export function Badge({look, children}: {look: Look; children: string}) {
  return <span class={`badge ${look}`}><span aria-hidden="true">{SIGNS[look]}</span> {children}</span>;
}
