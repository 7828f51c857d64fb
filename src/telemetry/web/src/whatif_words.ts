// What a what-if answer says, in sentences. Pure.
import type {WhatIf} from './api';
import {asText, listed, percent, plural} from './words';

export interface Sentence {
  level: 'outage' | 'warning' | 'unknown' | 'fine';
  text: string;
}

const names = (blocks: WhatIf['targets'][number]['blocks'], fate: string): string => {
  const found = blocks.filter((block) => block.fate === fate).map((block) => block.block);
  return found.length > 0 && found.length <= 6 ? ` (${listed(found, 6)})` : '';
};

function aboutTarget(target: WhatIf['targets'][number]): Sentence[] {
  const {dark, loses_redundancy: thin, keeps, unaffected, not_known: notKnown} = target.blocks_by_fate;
  const all = dark + thin + keeps + unaffected + notKnown;
  const {target: name, blocks} = target;
  const out: Sentence[] = [];
  if (all > 0 && dark === all) {
    out.push({level: 'outage', text: `${name} would go dark: all of its ${plural(all, 'block')}.`});
  } else if (dark > 0) {
    out.push({level: 'outage', text: `${dark} of ${plural(all, 'block')} of ${name} would go dark${names(blocks, 'dark')}.`});
  }
  if (thin > 0) {
    out.push({level: 'warning', text: `${plural(thin, 'block')} of ${name} would lose redundancy${names(blocks, 'loses_redundancy')}.`});
  }
  if (notKnown > 0) {
    out.push({level: 'unknown', text: `Of ${plural(notKnown, 'block')} of ${name} nobody can tell${names(blocks, 'not_known')}.`});
  }
  if (dark + thin + notKnown === 0) out.push({level: 'fine', text: `${name} would keep its redundancy.`});
  if (dark < all && target.carried_by.length > 0 && keeps + thin > 0) {
    const carriers = target.carried_by.map((carrier) => `${asText(carrier.asn, carrier.name)} (${percent(carrier.share)})`);
    out.push({level: 'fine', text: `The rest of ${name} would go through ${listed(carriers)}.`});
  }
  return out;
}

export const failedText = (answer: WhatIf): string => listed(answer.fail.ases.map(({asn, name}) => asText(asn, name)));

export const sentences = (answer: WhatIf): Sentence[] => answer.targets.flatMap(aboutTarget);
