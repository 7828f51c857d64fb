// Grafana's published types as a JSON file has to meet them: enumerations are their values there. What a Prometheus data
// source adds to queries, annotations and variables is no part of them and stands here.
import type * as core from '@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen';
import type * as common from '@grafana/schema/dist/esm/common/common.gen';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as statetimeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Any<T> = 0 extends 1 & T ? true : false;
export type Json<T> = Any<T> extends true ? any
  : T extends string ? `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends Array<infer U> ? Array<Json<U>>
  : T extends object ? { [K in keyof T]: Json<T[K]> }
  : T;

interface PrometheusQuery extends common.DataQuery {
  expr: string;
  editorMode: 'code';
  legendFormat: string;
  range: boolean;
  instant: boolean;
  format: 'time_series' | 'table' | 'heatmap';
}

type Annotation = core.AnnotationQuery & { expr?: string; step?: string; titleFormat?: string; textFormat?: string };

interface PanelOf<Kind, Options, Custom> extends Omit<core.Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> {
  type: Kind;
  options: Options;
  targets: PrometheusQuery[];
  fieldConfig: Omit<core.FieldConfigSource, 'defaults'> & { defaults: Omit<core.FieldConfig, 'custom'> & { custom: Custom } };
}

type Panel =
  | PanelOf<'bargauge', bargauge.Options, Record<string, never>>
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'stat', stat.Options, Record<string, never>>
  | PanelOf<'state-timeline', statetimeline.Options, statetimeline.FieldConfig>
  | PanelOf<'table', table.Options, table.FieldConfig>
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>;

export type Dashboard = Json<
  Omit<core.Dashboard, 'panels' | 'annotations'> & {
    annotations: { list: Annotation[] };
    panels: Array<Panel | core.RowPanel>;
  }
>;
