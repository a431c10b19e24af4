"""Every answer about three real data sets, computed a second time with plain pandas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from palimpsest.compliance.view import RunView
from palimpsest.pipeline import Run
from palimpsest.protocol.checkmessages import CheckResult, EvidenceTable

from .realdata import (
    SPLIT_MONTH,
    flight_tables,
    insurance_tables,
    joined_flights,
    mortgage_tables,
    run_of,
)


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with run_of("flights", tmp_path_factory.mktemp("flights")) as run:
        yield run


@pytest.fixture(scope="module")
def mortgages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with run_of("mortgages", tmp_path_factory.mktemp("mortgages")) as run:
        yield run


@pytest.fixture(scope="module")
def insurance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with run_of("insurance", tmp_path_factory.mktemp("insurance")) as run:
        yield run


def found(run: Run, check: str, **settings: Any) -> CheckResult:
    (result,) = run.check(check, settings={check: settings} if settings else None).results
    return result


def lines(table: EvidenceTable) -> pd.DataFrame:
    return pd.DataFrame(table.rows, columns=[column.name for column in table.columns])


def columns(*names: str) -> list[dict[str, str]]:
    return [dict(zip(("source", "column"), name.split("."), strict=True)) for name in names]


# usage -------------------------------------------------------------------------------------------


def test_usage_of_flights(flights: Run) -> None:
    joined = joined_flights()
    trained = joined[joined["month"] <= SPLIT_MONTH]
    usage = flights.usage()
    for source, frame in flight_tables().items():
        expected = np.isin(np.arange(len(frame)), trained[f"{source}_record"])
        assert np.array_equal(usage[source], expected), source


def test_usage_of_a_group_by_reaches_all_members(insurance: Run) -> None:
    # The mean age of a region is in every row of it, so that everybody is part of training.
    assert insurance.usage()["people"].all()


def test_usage_of_mortgages(mortgages: Run) -> None:
    tables, view = mortgage_tables(), RunView(mortgages)
    rows = mortgages.frame
    usage = mortgages.usage()
    kept = tables["loans"][tables["loans"]["pirat"] < 1.0]
    assert len(rows) == len(kept)
    trained = kept.index[view.trained]
    for source in ("people", "loans"):
        assert np.array_equal(np.flatnonzero(usage[source]), np.sort(trained)), source


# fairness ----------------------------------------------------------------------------------------


def rates(truth: Any, predicted: Any, groups: pd.Series) -> pd.DataFrame:
    frame = pd.DataFrame({"truth": truth, "predicted": predicted, "group": groups.to_numpy()})
    by = frame.groupby("group")
    return pd.DataFrame(
        {
            "selection rate": by["predicted"].mean(),
            "true positive rate": frame[frame["truth"]].groupby("group")["predicted"].mean(),
            "false positive rate": frame[~frame["truth"]].groupby("group")["predicted"].mean(),
            "rows": by.size(),
        }
    )


def test_fairness_by_a_column_that_was_projected_out(mortgages: Run) -> None:
    tables = mortgage_tables()
    loans = tables["loans"][tables["loans"]["pirat"] < 1.0].merge(tables["people"], on="id")
    held_out = ~mortgages.train
    predicted = mortgages.model.predict(mortgages.X[held_out])
    expected = rates(mortgages.y[held_out], predicted, loans["afam"][held_out])
    measured = mortgages.fairness("people", "afam")
    assert measured.on == "held out"
    pd.testing.assert_frame_equal(
        measured.groups[expected.columns].astype(float),
        expected.astype(float),
        check_names=False,
        check_index_type=False,
    )
    spans = expected.max() - expected.min()
    assert measured.equal_opportunity_difference == pytest.approx(spans["true positive rate"])
    assert measured.demographic_parity_difference == pytest.approx(spans["selection rate"])
    assert measured.equalised_odds_difference == pytest.approx(
        max(spans["true positive rate"], spans["false positive rate"])
    )
    assert measured.demographic_parity_difference > 0.0


def test_fairness_is_that_of_fairlearn(flights: Run) -> None:
    metrics = pytest.importorskip("fairlearn.metrics")
    joined = joined_flights()
    held_out = (joined["month"] > SPLIT_MONTH).to_numpy()
    predicted = flights.model.predict(flights.X[held_out])
    groups = joined["engine"][held_out]
    measured = flights.fairness("planes", "engine")
    given = {"sensitive_features": groups}
    truth = joined["arr_delay"][held_out] > 15
    assert measured.demographic_parity_difference == pytest.approx(
        metrics.demographic_parity_difference(truth, predicted, **given)
    )
    assert list(measured.groups["rows"]) == list(groups.value_counts().sort_index())


def test_fairness_check_names_the_worst_column(mortgages: Run) -> None:
    result = found(mortgages, "fairness", groups=columns("people.afam", "people.single"))
    measured = {
        name: mortgages.fairness("people", name).differences() for name in ("afam", "single")
    }
    assert result.measure == pytest.approx(
        max(gap for gaps in measured.values() for gap in gaps.values())
    )


def test_groups_too_small_to_compare_are_not_compared(mortgages: Run) -> None:
    result = found(mortgages, "fairness", groups=columns("people.afam"), smallest=1e6)
    assert result.status == "not-applicable"


# leakage -----------------------------------------------------------------------------------------


def test_shared_records_of_flights(flights: Run) -> None:
    joined = joined_flights()
    held_out = joined["month"] > SPLIT_MONTH
    table = lines(found(flights, "shared-records").evidence[0]).set_index("source")
    for source in flight_tables():
        trained = joined.loc[~held_out, f"{source}_record"]
        shared = joined.loc[held_out, f"{source}_record"].isin(trained)
        assert table.loc[source, "held-out rows"] == shared.sum(), source
    assert table.loc["airlines", "taken for"] == "look-up table"
    assert table.loc["flights", "held-out rows"] == 0


def test_label_columns_do_not_reach_features(flights: Run, mortgages: Run) -> None:
    assert found(flights, "target-leakage").status == "pass"
    assert found(mortgages, "target-leakage").status == "pass"


def test_statistics_over_both_sides(flights: Run, insurance: Run) -> None:
    assert found(flights, "fitted-on-test").status == "pass"
    result = found(insurance, "fitted-on-test")
    assert result.status == "warn"
    (line,) = lines(result.evidence[1]).to_dict("records")
    assert line["over"] == "groups of rows"
    assert line["reaches training columns"] == "typical"


def test_temporal_leakage(flights: Run, insurance: Run) -> None:
    assert found(flights, "temporal-leakage").status == "not-applicable"
    result = found(flights, "temporal-leakage", times=columns("flights.month"))
    assert (result.status, result.measure) == ("pass", 0.0)
    result = found(flights, "temporal-leakage", times=columns("flights.month", "planes.year"))
    joined = joined_flights()
    both = joined.dropna(subset=["year"])
    assert result.measure == pytest.approx((both["year"] > both["month"]).mean())
    # A random split of people by age: most held-out people are younger than the oldest trained one.
    # Everybody's mean age of the region is in a row, so that the oldest person there is part of it.
    result = found(insurance, "temporal-leakage", times=columns("people.age"))
    assert result.measure == pytest.approx(_younger_than_last(insurance))


def _younger_than_last(insurance: Run) -> float:
    people = insurance_tables()["people"]
    oldest = people.groupby("region")["age"].transform("max")[~insurance.train]
    last = people.groupby("region")["age"].transform("max")[insurance.train].max()
    return float((oldest < last).mean())


# personal data -----------------------------------------------------------------------------------


def test_tables_without_people_hold_no_personal_data(flights: Run, mortgages: Run) -> None:
    for run in (flights, mortgages):
        assert found(run, "personal-data").evidence[0].rows == []


# distribution ------------------------------------------------------------------------------------


def test_joins_that_change_groups_are_named(flights: Run) -> None:
    tables = flight_tables()
    result = found(flights, "group-change", groups=columns("flights.carrier"), fewest=0)
    table = lines(result.evidence[0])
    before = tables["flights"].dropna(subset=["arr_delay"])["carrier"].value_counts(normalize=True)
    after = joined_flights()["carrier"].value_counts(normalize=True)
    change = after.reindex(before.index, fill_value=0.0) - before
    worst = change.abs().idxmax()
    line = table.iloc[0]
    assert "tailnum" in line["operation"]
    assert (line["group"], line["share after"]) == (worst, pytest.approx(after.get(worst, 0.0)))
    assert result.measure == pytest.approx(change.abs().max())


def test_shift_between_training_and_test(flights: Run, mortgages: Run) -> None:
    joined = joined_flights()
    trained = joined["month"] <= SPLIT_MONTH
    table = lines(found(flights, "shift").evidence[0]).set_index("column")
    for name in ("hour", "distance"):
        expected = stats.ks_2samp(joined[name][trained], joined[name][~trained])
        assert table.loc[name, "size"] == pytest.approx(expected.statistic)
    shares = [joined["origin"][side].value_counts(normalize=True) for side in (trained, ~trained)]
    expected_size = (shares[0] - shares[1]).abs().sum() / 2
    assert table.loc["origin", "size"] == pytest.approx(expected_size)
    # Drawn at random, the two sides of the mortgages are alike.
    assert found(mortgages, "shift").status == "pass"


def test_missing_values_by_group(flights: Run) -> None:
    result = found(flights, "missing-by-group", groups=columns("flights.origin"), smallest=1)
    table = lines(result.evidence[0]).set_index("column")
    of = flight_tables()["flights"]
    shares = of["arr_delay"].isna().groupby(of["origin"]).mean()
    line = table.loc["source:flights.arr_delay"]
    assert line["most missing in"] == shares.idxmax()
    assert line["gap"] == pytest.approx(shares.max() - shares.min())


# quality -----------------------------------------------------------------------------------------


def test_joins_lose_what_pandas_says(flights: Run) -> None:
    tables = flight_tables()
    left = tables["flights"].dropna(subset=["arr_delay"])
    table = lines(found(flights, "joins").evidence[0])
    line = table[(table["side"] == "left") & table["join"].str.contains("tailnum")].iloc[0]
    assert line["rows"] == len(left)
    assert line["without match"] == (~left["tailnum"].isin(tables["planes"]["tailnum"])).sum()
    right = table[(table["side"] == "right") & table["join"].str.contains("tailnum")].iloc[0]
    assert right["most rows made of one"] == joined_flights()["tailnum"].value_counts().max()


def test_score_is_that_of_scikit_learn(mortgages: Run) -> None:
    assert found(mortgages, "score").measure == pytest.approx(mortgages.score())


def test_features_that_say_nothing(flights: Run) -> None:
    X = flights.X[flights.train]
    result = found(flights, "features")
    constant = {flights.features[k] for k in np.flatnonzero(X.min(axis=0) == X.max(axis=0))}
    assert set(lines(result.evidence[0])["feature"]) == constant
    groups = pd.DataFrame(X.T).groupby(list(range(len(X))), sort=False).size()
    varying = len(groups) - len({tuple(X[:, k]) for k in range(X.shape[1]) if np.ptp(X[:, k]) == 0})
    twins = int(result.measure or 0) - len(constant)
    assert X.shape[1] - len(constant) - twins == varying


def test_label_errors_and_values_of_records(insurance: Run) -> None:
    pytest.importorskip("cleanlab")
    errors = found(insurance, "label-errors")
    assert errors.status != "not-applicable"
    assert sum(errors.evidence[0].rows[k][1] for k in range(2)) == pytest.approx(  # type: ignore[misc]
        (errors.measure or 0) * int((~insurance.train).sum())
    )
    values = found(insurance, "valuation")
    assert values.status in ("pass", "warn")
    assert len(insurance_tables()["people"]) > 0
