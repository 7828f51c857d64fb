// Where in the page one is, kept in the fragment of the address so that it can be passed on. Pure.

export type Route =
  | {page: 'map'; fail: number[]}
  | {page: 'target'; target: string; event: number | null};

export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#?\/?/, '');
  const [path = '', query = ''] = text.split('?', 2);
  const parts = path.split('/');
  if (parts[0] === 'target' && parts[1]) {
    const event = parts[2] === 'event' && /^\d+$/.test(parts[3] ?? '') ? Number(parts[3]) : null;
    try {
      return {page: 'target', target: decodeURIComponent(parts[1]), event};
    } catch {
      // Not what this page wrote.
    }
  }
  const fail = (new URLSearchParams(query).get('fail') ?? '').split(',').filter((asn) => /^\d{1,10}$/.test(asn)).map(Number);
  return {page: 'map', fail};
}

export const mapHref = (fail: number[] = []): string => (fail.length === 0 ? '#/' : `#/?fail=${fail.join(',')}`);

export const targetHref = (target: string, event?: number): string =>
  `#/target/${encodeURIComponent(target)}${event === undefined ? '' : `/event/${event}`}`;
