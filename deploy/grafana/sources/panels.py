"""How dashboards, panels, variables and annotations are made. Panels flow from left to right in the order given."""
import itertools

RUNBOOKS = "https://github.com/isthmus-monitor/isthmus/blob/main/deploy/runbooks/README.md"
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Where isthmus itself is: the address that Prometheus scrapes it at.
EVIDENCE = "http://${__field.labels.instance}/#/target/${__field.labels.target}"
EVENTS = "http://${__field.labels.instance}/api/v1/events?target=${__field.labels.target}"

GREY, GREEN, ORANGE, RED, TEXT = "#808080", "green", "orange", "red", "text"
# The numbers of the recording rules ...:code, and the words of the labels.
STATES = {0: ("unknown", GREY), 1: ("up", GREEN), 2: ("degraded", ORANGE), 3: ("down", RED)}
VANTAGE_STATES = {0: ("unknown", GREY), 1: ("valid", GREEN), 2: ("invalid", RED)}
YES_NO = {0: ("no", RED), 1: ("yes", GREEN)}
NO_YES = {0: ("no", GREEN), 1: ("yes", RED)}
WORD_COLOURS = {"up": GREEN, "valid": GREEN, "degraded": ORANGE, "down": RED, "invalid": RED, "unknown": GREY}


def query(expr, legend="", instant=False, form="time_series"):
    return {"datasource": DATASOURCE, "editorMode": "code", "expr": expr, "legendFormat": legend, "range": not instant,
            "instant": instant, "format": form}


def links_to_evidence():
    return [{"title": "Evidence of ${__field.labels.target}", "url": EVIDENCE, "targetBlank": True},
            {"title": "Events of ${__field.labels.target}", "url": EVENTS, "targetBlank": True}]


def thresholds(*steps):
    """(colour from the beginning), then (value, colour)."""
    return {"mode": "absolute", "steps": [{"color": steps[0], "value": None}] +
            [{"color": colour, "value": value} for value, colour in steps[1:]]}


def mappings(names):
    return [{"type": "value", "options": {str(value): {"text": text, "color": colour, "index": index}
                                          for index, (value, (text, colour)) in enumerate(names.items())}}]


def by_word():
    """Series that are called after a state have its colour."""
    return [{"matcher": {"id": "byName", "options": word},
             "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}]}
            for word, colour in WORD_COLOURS.items()]


def _panel(kind, title, description, queries, options, width, height, unit="short", custom=None, steps=(TEXT,),
           names=None, color="palette-classic", overrides=(), no_value="no data", links=(), decimals=None, least=None,
           most=None, repeat=None):
    defaults = {"unit": unit, "noValue": no_value, "color": {"mode": color}, "thresholds": thresholds(*steps),
                "mappings": mappings(names) if names else [], "custom": custom or {}, "links": list(links)}
    for key, value in (("decimals", decimals), ("min", least), ("max", most)):
        if value is not None:
            defaults[key] = value
    panel = {"type": kind, "title": title, "description": description, "datasource": DATASOURCE,
             "gridPos": {"w": width, "h": height},
             "targets": [{**asked, "refId": chr(ord("A") + index)} for index, asked in enumerate(queries)],
             "fieldConfig": {"defaults": defaults, "overrides": list(overrides)}, "options": options}
    if repeat:
        panel.update({"repeat": repeat, "repeatDirection": "h", "maxPerRow": 4})
    return panel


def stat(title, description, queries, width=6, height=4, **look):
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "orientation": "auto",
               "textMode": look.pop("text", "auto"), "colorMode": look.pop("colour_of", "value"), "graphMode": "none",
               "justifyMode": "auto", "wideLayout": True, "showPercentChange": False, "percentChangeColorMode": "standard"}
    return _panel("stat", title, description, queries, options, width, height, **{"color": "thresholds", **look})


def series(title, description, queries, width=12, height=8, stack=False, bars=False, **look):
    custom = {"drawStyle": "bars" if bars else "line", "lineWidth": 1, "fillOpacity": 60 if bars or stack else 0,
              "showPoints": "never", "spanNulls": False, "stacking": {"mode": "normal" if stack else "none", "group": "A"},
              "lineInterpolation": "linear" if bars else "stepAfter", "axisPlacement": "auto", **look.pop("custom", {})}
    options = {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
               "tooltip": {"mode": "multi", "sort": "desc"}}
    return _panel("timeseries", title, description, queries, options, width, height, custom=custom, **look)


def timeline(title, description, queries, names, width=24, height=6, **look):
    options = {"mergeValues": True, "showValue": "auto", "alignValue": "left", "rowHeight": 0.85,
               "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
               "tooltip": {"mode": "single", "sort": "none"}}
    return _panel("state-timeline", title, description, queries, options, width, height, names=names,
                  color="thresholds", custom={"lineWidth": 0, "fillOpacity": 85}, **look)


def bars(title, description, queries, width=12, height=8, **look):
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "orientation": "horizontal",
               "displayMode": "basic", "valueMode": "color", "namePlacement": "auto", "showUnfilled": True,
               "sizing": "auto", "minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 300,
               "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []}}
    return _panel("bargauge", title, description, queries, options, width, height, **{"color": "thresholds", **look})


def table(title, description, expr, columns, width=12, height=8, **look):
    """`columns`: label (or Value) -> heading, in the order shown; other labels are left out."""
    options = {"frameIndex": 0, "showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "countRows": False}}
    panel = _panel("table", title, description, [query(expr, instant=True, form="table")], options, width, height,
                   custom={"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False}, **look)
    panel["transformations"] = [
        {"id": "filterFieldsByName", "options": {"include": {"names": list(columns)}}},
        {"id": "organize", "options": {"indexByName": {name: index for index, name in enumerate(columns)},
                                       "renameByName": dict(columns), "excludeByName": {}}}]
    return panel


def heatmap(title, description, expr, width=12, height=8, **look):
    options = {"calculate": False, "cellGap": 1, "cellValues": {"unit": "short"},
               "color": {"mode": "scheme", "scheme": "Oranges", "fill": "dark-orange", "scale": "exponential", "exponent": 0.5,
                         "steps": 64, "reverse": False, "min": 0},
               "filterValues": {"le": 1e-9}, "rowsFrame": {"layout": "auto"}, "showValue": "never",
               "tooltip": {"mode": "single", "yHistogram": True, "showColorScale": False},
               "yAxis": {"axisPlacement": "left", "reverse": False, "unit": "s"},
               "legend": {"show": True}, "exemplars": {"color": "rgba(255,0,255,0.7)"}}
    return _panel("heatmap", title, description, [query(expr, "{{le}}", form="heatmap")], options, width, height,
                  custom={"scaleDistribution": {"type": "linear"}, "hideFrom": {"legend": False, "tooltip": False, "viz": False}},
                  **look)


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "gridPos": {"w": 24, "h": 1}, "panels": []}


def _place(panels):
    """Gives each its id and its place: from left to right, a new line where the width is used up."""
    x = y = line = 0
    for number, panel in enumerate(panels, start=1):
        size = panel["gridPos"]
        if x + size["w"] > 24 or panel["type"] == "row":
            x, y, line = 0, y + line, 0
        panel.update({"id": number, "gridPos": {"x": x, "y": y, **size}})
        x, line = x + size["w"], max(line, size["h"])
        yield panel


def variable(name, label, selector, value):
    definition = f"label_values({selector}, {value})"
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE,
            "query": {"query": definition, "refId": name}, "refresh": 2, "sort": 1, "multi": True,
            "includeAll": True, "allValue": ".*", "current": {"text": ["All"], "value": ["$__all"]}, "options": [], "hide": 0,
            "skipUrlSync": False, "regex": ""}


def choice(name, label, values):
    return {"name": name, "label": label, "type": "custom", "query": ",".join(values), "multi": False, "includeAll": False,
            "current": {"selected": True, "text": values[0], "value": values[0]}, "hide": 0, "skipUrlSync": False,
            "options": [{"selected": value == values[0], "text": value, "value": value} for value in values]}


VARIABLES = [
    {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "options": [],
     "hide": 0, "includeAll": False, "multi": False, "refresh": 1, "regex": "", "skipUrlSync": False},
    variable("job", "Job", "isthmus_build_info", "job"),
    variable("target", "Target", 'isthmus_target_state{job=~"$job"}', "target"),
    variable("vantage", "Vantage point", 'isthmus_vantage_state{job=~"$job"}', "vantage"),
]


def annotation(name, colour, kinds, text):
    """isthmus counts events from 0 for each target, so an increase is an event, wherever it was scraped first."""
    metric = "isthmus_vantage_events_total" if "vantage" in kinds else "isthmus_events_total"
    of = 'vantage=~"$vantage"' if "vantage" in kinds else 'target=~"$target"'
    return {"name": name, "datasource": DATASOURCE, "enable": True, "hide": False, "iconColor": colour, "type": "prometheus",
            "expr": f'increase({metric}{{job=~"$job",{of},kind=~"{kinds}"}}[1m]) > 0', "step": "30s",
            "titleFormat": "{{kind}}", "textFormat": text}


OF_TARGET = ('{{target}}: <a href="http://{{instance}}/#/target/{{target}}">evidence</a>, '
             '<a href="http://{{instance}}/api/v1/events?target={{target}}&kind={{kind}}&limit=10">events</a>')
ANNOTATIONS = [
    annotation("Outages", "red", "target_down|target_up|target_partial|block_down|block_up", OF_TARGET),
    annotation("Upstreams", "orange", "upstream_appeared|upstream_lost|upstream_restored|redundancy_lost|"
               "redundancy_restored|share_shifted", OF_TARGET),
    annotation("Vantage points", "purple", "vantage_invalid|vantage_valid",
               '{{vantage}}: <a href="http://{{instance}}/api/v1/vantages">vantage points</a>'),
]
BUILT_IN = {"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "hide": True,
            "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard"}


def _link(title, **where):
    return {"title": title, "type": "link", "url": "", "icon": "external link", "targetBlank": False, "asDropdown": False,
            "includeVars": True, "keepTime": True, "tags": [], "tooltip": "", **where}


def dashboard(uid, title, description, panels, variables=(), links=()):
    return {
        "uid": uid, "title": f"isthmus / {title}", "description": description, "tags": ["isthmus"], "schemaVersion": 41,
        "version": 1, "editable": False, "graphTooltip": 1, "timezone": "utc", "refresh": "30s", "weekStart": "",
        "fiscalYearStartMonth": 0, "liveNow": False, "time": {"from": "now-6h", "to": "now"}, "timepicker": {},
        "links": [_link("isthmus", type="dashboards", tags=["isthmus"], tooltip="The other dashboards, of the same target"),
                  *(_link(name, url=url, targetBlank=True, keepTime=False, includeVars=False) for name, url in links),
                  _link("Runbooks", url=RUNBOOKS, icon="doc", targetBlank=True, keepTime=False, includeVars=False)],
        "templating": {"list": [*VARIABLES, *variables]},
        "annotations": {"list": [BUILT_IN, *ANNOTATIONS]},
        "panels": list(_place(list(itertools.chain(*panels)))),
    }
