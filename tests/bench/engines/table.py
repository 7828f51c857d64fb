"""Medians of runs as a Markdown table."""
import statistics


def spread(values, form):
    middle = form.format(statistics.median(values))
    low, high = form.format(min(values)), form.format(max(values))
    return middle if low == high else f"{middle} [{low}–{high}]"


def table(title, columns, rows):
    """`columns`: (heading, key, format). `rows`: name -> runs, each a dictionary; a key that is missing stays blank."""
    lines = [f"### {title}", "", "| tool | runs | " + " | ".join(heading for heading, _, _ in columns) + " |",
             "|---|---|" + "---|" * len(columns)]
    for name, runs in rows.items():
        cells = []
        for _, key, form in columns:
            values = [run[key] for run in runs if run.get(key) is not None]
            cells.append(spread(values, form) if values else "")
        lines.append(f"| {name} | {len(runs)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
