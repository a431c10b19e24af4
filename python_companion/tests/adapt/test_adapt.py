"""The check list of adaptations, as far as it needs no tool."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from palimpsest.adapt.output import first_difference
from palimpsest.adapt.running import Case, discard, run
from palimpsest.adapt.statements import lost_statements, objections


class TestOutput:
    """What was printed, compared."""

    def test_equal_output_has_no_difference(self) -> None:
        assert first_difference("a 1\nb\n", "a 1\nb\n", "a 1\nb\n", []) is None

    def test_a_changed_number_is_told_with_its_line(self) -> None:
        assert first_difference("a\nloss 1.5", "a\nloss 1.5", "a\nloss 1.6", []) == (
            2,
            "loss 1.5",
            "loss 1.6",
        )

    def test_what_differs_between_two_runs_of_the_original_does_not_count(self) -> None:
        assert first_difference("took 1.0 s", "took 1.2 s", "took 3.4 s", []) is None
        assert first_difference("took 1.0 s", "took 1.2 s", "lost", []) is not None

    def test_what_is_said_to_be_volatile_does_not_count(self) -> None:
        assert first_difference("at 10:30", "at 10:30", "at 11:45", [r"\d+:\d+"]) is None

    def test_a_missing_line_is_a_difference(self) -> None:
        assert first_difference("a\nb", "a\nb", "a", []) == (2, "b", "")

    def test_what_a_tool_says_of_itself_does_not_count(self) -> None:
        assert first_difference("a", "a", "* Trackio project initialized: x\na", []) is None


class TestStatements:
    """What an adaptation may not do."""

    def test_added_statements_lose_nothing(self) -> None:
        assert lost_statements("a = 1\nprint(a)", "import x\na = 1\nx.log(a)\nprint(a)") == []

    def test_a_lost_statement_is_named(self) -> None:
        assert lost_statements("a = 1\nb = 2", "a = 1") == ["b = 2"]

    def test_a_statement_that_occurs_twice_has_to_stay_twice(self) -> None:
        assert lost_statements("step()\nstep()", "step()") == ["step()"]

    def test_a_value_that_got_a_name_before_it_is_shown_is_not_lost(self) -> None:
        original = 'print("loss", evaluate(model))'
        assert lost_statements(original, 'loss = evaluate(model)\nprint("loss", loss)') == []
        assert lost_statements(original, 'loss = evaluate(other)\nprint("loss", loss)') != []

    @pytest.mark.parametrize(
        ("added", "objection"),
        [
            ('api_key = "abc"', "a credential"),
            ('open("/home/me/data")', "an absolute path"),
            ('wandb.init(mode="disabled")', "a disabled tool"),
            ("try:\n    log()\nexcept Exception:\n    pass", "a swallowed error"),
        ],
    )
    def test_what_no_adaptation_may_add(self, added: str, objection: str) -> None:
        assert objections("a = 1", f"a = 1\n{added}") == [objection]
        assert objections(added, added) == []


class TestRunning:
    """A script, run in a scratch copy."""

    def case(self, folder: Path, script: str, **more: object) -> Case:
        (folder / "train.py").write_text(script, encoding="utf-8")
        (folder / "case.json").write_text(
            json.dumps({"script": "train.py", **more}), encoding="utf-8"
        )
        return Case.read(folder)

    def test_arguments_are_noted_and_the_folder_is_left_alone(self, tmp_path: Path) -> None:
        script = (
            "import argparse\n"
            "p = argparse.ArgumentParser(); p.add_argument('--rate', type=float)\n"
            "print(p.parse_args().rate)\n"
            "open('out.txt', 'w').write('made')\n"
        )
        outcome = run(self.case(tmp_path, script, args=["--rate", "0.5"]))
        try:
            assert outcome.failure is None
            assert outcome.stdout == "0.5\n"
            assert outcome.arguments == {"rate": "0.5"}
            assert (outcome.folder / "out.txt").exists()
            assert not (tmp_path / "out.txt").exists()
        finally:
            discard(outcome)
        assert not outcome.folder.exists()

    def test_a_stand_in_replaces_a_function_of_a_library(self, tmp_path: Path) -> None:
        (tmp_path / "stand_ins.py").write_text("def size(path): return 7\n", encoding="utf-8")
        script = "import os.path\nprint(os.path.getsize('nothing'))\n"
        case = self.case(tmp_path, script, stand_ins={"os.path.getsize": "stand_ins.py:size"})
        outcome = run(case)
        discard(outcome)
        assert outcome.stdout == "7\n"

    def test_an_error_is_told_by_its_last_line(self, tmp_path: Path) -> None:
        outcome = run(self.case(tmp_path, "raise ValueError('no such column')"))
        discard(outcome)
        assert outcome.failure == "ValueError: no such column"

    def test_a_script_without_end_is_stopped(self, tmp_path: Path) -> None:
        outcome = run(self.case(tmp_path, "while True: pass", timeout_s=3))
        discard(outcome)
        assert outcome.failure == "it ran longer than its time"
