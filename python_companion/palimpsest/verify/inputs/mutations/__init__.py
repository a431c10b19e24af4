"""Mutated inputs: what else the data could hold, so that two versions can be told apart.

A mutation is one function in a module of this package and one line in its registry. A function
yields variants, the most telling first; each registered mutation gets its turn before a second
variant of any other is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from palimpsest.verify.inputs.mutations.base import (
    Context,
    Mutation,
    Mutator,
    compares_lengths,
    constants,
)
from palimpsest.verify.inputs.mutations.files import (
    bare_files,
    byte_order_marks,
    irregular_lines,
    line_ends,
    quoted_line_ends,
    separators,
    unfinished_files,
)
from palimpsest.verify.inputs.mutations.keys import (
    keys_with_zeros,
    other_case_of_keys,
    repeated_keys,
    same_keys,
    single_keys,
    unmatched_keys,
)
from palimpsest.verify.inputs.mutations.limits import code_constants, limits
from palimpsest.verify.inputs.mutations.missing import (
    absent_values,
    blank_texts,
    blank_values,
    missing_words,
    missing_words_for_numbers,
    null_values,
)
from palimpsest.verify.inputs.mutations.numbers import (
    constant_columns,
    fractions,
    large_numbers,
    number_texts,
    other_offsets,
    rare_numbers,
    unusual_dates,
    unusual_numbers,
)
from palimpsest.verify.inputs.mutations.rows import (
    empty_sources,
    few_rows,
    other_order,
    repeated_rows,
    sample_itself,
    single_rows,
    ties,
    unrelated_columns,
)
from palimpsest.verify.inputs.mutations.texts import (
    number_lists,
    other_case,
    quotes,
    rare_letters,
    spaces,
    unseen_categories,
    unusual_texts,
    words,
)
from palimpsest.verify.inputs.sources import Sources, columns_of, links
from palimpsest.verify.inputs.uses import Uses

__all__ = ["ADVISORY", "MUTATORS", "Mutation", "constants", "mutations"]

MUTATORS: tuple[Mutator, ...] = (
    sample_itself,
    limits,
    repeated_keys,
    spaces,
    code_constants,
    empty_sources,
    single_rows,
    other_order,
    unmatched_keys,
    blank_texts,
    missing_words,
    other_case,
    unseen_categories,
    repeated_rows,
    blank_values,
    missing_words_for_numbers,
    number_texts,
    ties,
    few_rows,
    quotes,
    unusual_texts,
    words,
    number_lists,
    unusual_numbers,
    fractions,
    unusual_dates,
    constant_columns,
    unrelated_columns,
    single_keys,
    same_keys,
    other_case_of_keys,
    null_values,
    absent_values,
    separators,
    line_ends,
    quoted_line_ends,
    unfinished_files,
    keys_with_zeros,
    large_numbers,
    other_offsets,
)

TURNS: dict[Mutator, int] = {
    limits: 6,
    code_constants: 5,
    blank_values: 4,
    spaces: 4,
    repeated_keys: 2,
    other_case: 2,
    number_lists: 2,
    null_values: 12,
    absent_values: 12,
}
"""Mutations with more than one variant in their first turn: what the code itself asks about."""

ADVISORY: tuple[Mutator, ...] = (
    irregular_lines,
    rare_letters,
    rare_numbers,
    byte_order_marks,
    bare_files,
)
"""Mutations whose differences are told and do not decide; all of them are always tried."""


def mutations(
    sources: Sources, cells: Sequence[str], count: int, seed: int, others: Sequence[str] = ()
) -> list[Mutation]:
    """Return about `count` mutated inputs, the same for the same arguments.

    Parameters
    ----------
    sources
        The sample to change.
    cells
        The original's code: what it does with a column tells what to try in it.
    count
        How many inputs are wanted, beside the advisory ones; unless they are few, each mutation
        has at least one turn.
    seed
        Seed of the random choices.
    others
        The other version's code: limits and texts that only it mentions are tried too.
    """
    uses = Uses(cells)
    texts, numbers = constants(cells)
    context = Context(
        sources,
        columns_of(sources, uses),
        links(sources),
        texts,
        numbers,
        seed,
        compares_lengths(cells),
    )
    running = [(mutator, mutator(context.afresh(mutator.__name__))) for mutator in MUTATORS]
    found = _in_turn(running, count)
    found += _only_there(context, cells, others)
    return found + [
        mutation for mutator in ADVISORY for mutation in mutator(context.afresh(mutator.__name__))
    ]


def _in_turn(running: list[tuple[Mutator, Iterator[Mutation]]], count: int) -> list[Mutation]:
    """Take variants of all mutations in turn; stop after a whole turn when there are enough."""
    found: list[Mutation] = []
    turn = 0
    while running and (turn == 0 or len(found) < count):
        for mutator, variants in list(running):
            taken = list(islice(variants, TURNS.get(mutator, 1) if turn == 0 else 1))
            found += taken
            if not taken:
                running.remove((mutator, variants))
        turn += 1
    return found[:count] if count < len(MUTATORS) // 2 else found


def _only_there(context: Context, cells: Sequence[str], others: Sequence[str]) -> list[Mutation]:
    """Return mutations for the constants that only the other version has."""
    texts, numbers = constants(others)
    new_texts = [text for text in texts if text not in context.texts]
    new_numbers = [number for number in numbers if number not in context.numbers]
    if not new_texts and not new_numbers:
        return []
    uses = Uses(others)
    columns = columns_of(context.sources, uses)
    for column in columns:
        column.use.constants &= {*new_texts, *new_numbers}
    there = Context(context.sources, columns, context.links, new_texts, new_numbers, context.seed)
    found = []
    for mutator in (limits, code_constants):
        mutation = next(mutator(there.afresh(f"other {mutator.__name__}")), None)
        if mutation is not None:
            found.append(Mutation(f"{mutation.name}, of the other version", mutation.sources))
    return found
