// The map: boxes are HTML, so that they can be read, clicked and tabbed to; the ribbons behind them are a picture.
import type {Overview} from './api';
import {Badge} from './badge';
import {useWidth} from './hooks';
import {layoutMap, type MapLayout, type Placed} from './map_layout';
import type {Box, Group, Look, MapModel} from './map_types';
import {targetHref} from './route';
import {asText, percent} from './words';

const at = ({left, top, width, height}: Placed) => ({left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`});

/** Stripes and dots beside the colours, for those who do not tell them apart. */
function Patterns() {
  return (
    <defs>
      <pattern id="p-degraded" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="8" height="8" class="paint degraded" /><rect width="3" height="8" class="ink" />
      </pattern>
      <pattern id="p-thin" width="12" height="12" patternUnits="userSpaceOnUse">
        <rect width="12" height="12" class="paint thin" /><rect width="12" height="2" y="5" class="ink" />
      </pattern>
      <pattern id="p-down" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="8" height="8" class="paint down" /><path d="M0 4h8M4 0v8" class="ink-line" />
      </pattern>
      <pattern id="p-unknown" width="8" height="8" patternUnits="userSpaceOnUse">
        <rect width="8" height="8" class="paint unknown" /><circle cx="4" cy="4" r="1.4" class="ink" />
      </pattern>
    </defs>
  );
}

const PATTERNED: Partial<Record<Look, string>> = {degraded: 'url(#p-degraded)', thin: 'url(#p-thin)', down: 'url(#p-down)',
                                                  unknown: 'url(#p-unknown)'};

function Ribbons({layout}: {layout: MapLayout}) {
  return (
    <svg class="ribbons" width={layout.width} height={layout.height} aria-hidden="true" focusable="false">
      <Patterns />
      {layout.ribbons.map((ribbon) => (
        <path key={ribbon.key} d={ribbon.path} class={`ribbon ${ribbon.look}${ribbon.ghost ? ' ghost' : ''}`}
              fill={PATTERNED[ribbon.look]} />
      ))}
    </svg>
  );
}

/** Too low for two lines. */
const LOW = 38;

const classOf = (box: Box, placed: Placed): string => `box ${box.look}${placed.height < LOW ? ' low' : ''}`;

const Text = ({box}: {box: Box}) => (
  <><span class="title">{box.title}</span><span class="detail">{box.detail}</span></>
);

function Plain({box, placed}: {box: Box; placed: Placed | undefined}) {
  if (!placed) return null;
  return <li class={classOf(box, placed)} style={at(placed)} title={`${box.title}: ${box.detail}`}><Text box={box} /></li>;
}

function UpstreamBox({box, placed, toggle}: {box: Box; placed: Placed | undefined; toggle: (asn: number) => void}) {
  if (!placed) return null;
  const {asn} = box;
  if (asn === undefined) return <Plain box={box} placed={placed} />;
  return (
    <li>
      <button type="button" class={classOf(box, placed)} style={at(placed)} aria-pressed={box.look === 'failed'}
              title={box.look === 'failed' ? `Bring ${box.title} back` : `What if ${box.title} failed?`} onClick={() => toggle(asn)}>
        <Text box={box} />
      </button>
    </li>
  );
}

function GroupBoxes({group, layout}: {group: Group; layout: MapLayout}) {
  const heading = layout.headings.get(group.target);
  return (
    <section aria-label={`Blocks of ${group.title}`}>
      {heading && (
        <h3 class="heading" style={at(heading)}>
          {group.target ? <a href={targetHref(group.target)}>{group.title}</a> : <span>{group.title}</span>}
          <Badge look={group.note === 'redundancy lost' ? 'thin' : group.state}>{group.note}</Badge>
        </h3>
      )}
      <ul>{group.boxes.map((box) => <Plain key={box.id} box={box} placed={layout.boxes.get(box.id)} />)}</ul>
    </section>
  );
}

/** The same as numbers, for who cannot see a picture. */
function MapTable({overview}: {overview: Overview}) {
  return (
    <details class="table">
      <summary>The map as a table</summary>
      <div class="scroll" tabIndex={0} role="group" aria-label="The map as a table"><table>
        <thead><tr><th scope="col">Target</th><th scope="col">State</th><th scope="col">Upstream</th><th scope="col">Its state</th>
          <th scope="col">Share of what is seen (95 % interval)</th><th scope="col">Blocks down</th></tr></thead>
        <tbody>
          {overview.targets.flatMap((target) => [
            ...target.upstreams.map((upstream) => (
              <tr key={`${target.target} ${upstream.asn}`}>
                <th scope="row"><a href={targetHref(target.target)}>{target.target}</a></th><td>{target.state}</td><td>{asText(upstream.asn, upstream.name)}</td>
                <td>{upstream.state === 'down' ? 'lost' : upstream.state}</td>
                <td>{percent(upstream.share.estimate)} ({percent(upstream.share.low)} to {percent(upstream.share.high)})</td>
                <td>{target.blocks_by_state.down}</td>
              </tr>)),
            <tr key={`${target.target} unknown`}>
              <th scope="row"><a href={targetHref(target.target)}>{target.target}</a></th><td>{target.state}</td><td>unknown</td><td /><td>{percent(target.unknown_share)}</td>
              <td>{target.blocks_by_state.down}</td>
            </tr>])}
        </tbody>
      </table></div>
    </details>
  );
}

export function MapView({model, overview, toggle}: {model: MapModel; overview: Overview; toggle: (asn: number) => void}) {
  const [width, ref] = useWidth();
  const layout = layoutMap(model, Math.max(width, 300));
  return (
    <div>
      <div class="columns" aria-hidden="true"><span>Vantage points</span><span>Upstreams</span><span>Blocks</span></div>
      <div ref={ref} class={`map${layout.narrow ? ' narrow' : ''}${layout.dense ? ' dense' : ''}`} style={{height: `${layout.height}px`}}>
        <Ribbons layout={layout} />
        <ul aria-label="Vantage points">
          {model.vantages.map((box) => <Plain key={box.id} box={box} placed={layout.boxes.get(box.id)} />)}
        </ul>
        <ul aria-label="Upstreams: choose one to see what happens without it">
          {model.upstreams.map((box) => <UpstreamBox key={box.id} box={box} placed={layout.boxes.get(box.id)} toggle={toggle} />)}
        </ul>
        {model.groups.map((group) => <GroupBoxes key={group.target} group={group} layout={layout} />)}
      </div>
      <MapTable overview={overview} />
    </div>
  );
}
