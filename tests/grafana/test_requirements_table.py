"""The table at the top of the folder is so."""

from tests.grafana.requirements_table import README, page, proofs, requirements


def test_the_table_is_what_the_tests_say():
    assert README.read_text() == page(), "python -m tests.grafana.requirements_table"


def test_every_test_quotes_a_requirement():
    quoted = {row.test for row in requirements()}

    assert [test for test, _ in proofs() if test not in quoted] == []


def test_every_number_of_the_check_list_has_a_test():
    assert {row.weight for row in requirements() if row.weight.startswith("check")} == {
        f"check {n}" for n in range(1, 9)
    }
