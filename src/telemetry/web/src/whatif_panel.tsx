// What would happen without the upstreams that were clicked away, in words.
import type {WhatIf} from './api';
import type {Answer} from './hooks';
import {failedText, sentences} from './whatif_words';

export function WhatIfPanel({fail, answer, clear}: {fail: number[]; answer: Answer<WhatIf>; clear: () => void}) {
  if (fail.length === 0) {
    return <p class="hint" role="status">Choose an upstream to see what would happen without it. Nothing is changed by that.</p>;
  }
  return (
    <div class="whatif" role="status">
      <h3>What if {answer.value ? failedText(answer.value) : fail.map((asn) => `AS${asn}`).join(', ')} failed?</h3>
      {answer.problem && <p>isthmus cannot tell: {answer.problem}</p>}
      {answer.value && (
        <ul>{sentences(answer.value).map(({level, text}) => <li key={text} class={level}>{text}</li>)}</ul>
      )}
      <button type="button" onClick={clear}>Bring everything back</button>
    </div>
  );
}
