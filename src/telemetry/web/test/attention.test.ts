import {describe, expect, it} from 'vitest';
import {notices, summary} from '../src/attention';
import {blind, block, overview, target, vantage} from './sample';

const seeing = [vantage('us'), vantage('japan')];
const titles = (part: Parameters<typeof overview>[0]) => notices(overview(part)).map((notice) => `${notice.level}: ${notice.title}`);

describe('what must stand out', () => {
  it('is lost redundancy, before any outage', () => {
    const [notice] = notices(overview({vantages: seeing, targets: [target({redundancy: 'lost'})]}));
    expect(notice).toMatchObject({level: 'warning', title: 'north-korea has lost its redundancy', target: 'north-korea'});
    expect(notice!.text).toBe('Still reachable, but AS4837 China Unicom alone carries it. If that fails, it is dark.');
  });

  it('is an outage, and then nothing is said of redundancy', () => {
    const dark = target({state: 'down', redundancy: 'lost', blocks_by_state: {up: 0, degraded: 0, down: 2, unknown: 0}});
    expect(titles({vantages: seeing, targets: [dark]})).toEqual(['outage: north-korea is dark']);
    const partly = target({state: 'degraded', blocks_without_redundancy_they_had: 0, upstream_count: 2,
                           blocks_by_state: {up: 1, degraded: 0, down: 1, unknown: 0}});
    expect(notices(overview({vantages: seeing, targets: [partly]}))[0]).toMatchObject({level: 'outage', text: '1 of 2 blocks does not answer.'});
  });

  it('never is a blind vantage point as an outage', () => {
    const calm = target({blocks_without_redundancy_they_had: 0, upstream_count: 2, blocks: [block('a')]});
    const [notice] = notices(overview({vantages: [...seeing, blind('germany')], targets: [calm]}));
    expect(notice).toMatchObject({level: 'blind', title: 'germany cannot see'});
    expect(notice!.text).toMatch(/^0 of 5 controls answer\. This is no outage/);
  });

  it('is that nobody can tell, when nobody can', () => {
    expect(titles({vantages: [blind('us')], targets: [target({state: 'unknown'})]}))
      .toEqual(['unknown: Nobody can tell whether north-korea is reachable', 'blind: us cannot see']);
  });

  it('comes worst first, and the window says it', () => {
    const dark = target({target: 'island', state: 'down', blocks_by_state: {up: 0, degraded: 0, down: 2, unknown: 0}});
    const all = overview({targets: [target({redundancy: 'lost'}), dark], warnings: ['The store cannot be written.']});
    expect(notices(all).map((notice) => notice.level)).toEqual(['outage', 'warning', 'blind', 'process']);
    expect(summary(all)).toBe('island is dark · isthmus');
  });

  it('is nothing when all is well, but a single bridge is told', () => {
    const single = target({blocks_without_redundancy_they_had: 0});
    expect(titles({vantages: seeing, targets: [single]})).toEqual(['note: north-korea hangs on one upstream', 'fine: north-korea is reachable']);
    expect(summary(overview({vantages: seeing, targets: [single]}))).toBe('isthmus');
  });
});
