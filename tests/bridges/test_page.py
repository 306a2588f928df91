"""Every row of the tables in docs/bridges.md has a test."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "bridges.md"
# The tests of the rows, in their order, by the section of the page.
TESTS = {
    "Tools for models": [
        "test_different_names_stay_different",
        "test_a_tool_is_converted_to_other_formats",
        "test_a_tool_is_valid_for_openai",
        "test_a_tool_is_valid_for_openai",
        "test_the_strict_mode_is_used_where_it_can_be",
        "test_a_null_stands_for_an_absent_argument",
        "test_an_output_schema_that_others_cannot_compile_is_left_out",
        "test_a_call_is_invoked",
        "test_a_call_that_fails_is_told_the_model",
        "test_a_call_that_fails_is_told_the_model",
    ],
    "ARP for MCP hosts": [
        "test_every_tool_is_listed_and_called",
        "test_a_tool_that_goes_to_mcp_and_back_is_the_same",
        "test_results_are_structured_and_text_and_failures_are_results",
        "test_a_tool_that_goes_to_mcp_and_back_is_the_same",
        "test_results_are_structured_and_text_and_failures_are_results",
        "test_results_are_structured_and_text_and_failures_are_results",
        "test_results_are_structured_and_text_and_failures_are_results",
        "test_results_are_structured_and_text_and_failures_are_results",
        "test_a_run_is_a_call_with_progress",
        "test_a_run_is_a_call_with_progress",
        "test_a_run_that_failed_is_a_failed_result",
        "test_a_run_is_a_call_with_progress",
        "test_cancellation_reaches_the_run",
        "test_a_long_run_becomes_a_task",
        "test_each_host_learns_that_the_list_has_changed",
    ],
    "MCP for ARP": [
        "test_definitions_are_mapped",
        "test_definitions_are_mapped",
        "test_a_server_may_break_the_rules",
        "test_errors_of_the_protocol_and_values_that_are_no_objects",
        "test_definitions_are_mapped",
        "test_each_kind_of_result_is_mapped",
        "test_each_kind_of_result_is_mapped",
        "test_each_kind_of_result_is_mapped",
        "test_each_kind_of_result_is_mapped",
        "test_errors_of_the_protocol_and_values_that_are_no_objects",
        "test_a_list_that_changes_is_followed",
        "test_a_lost_connection_is_made_again",
        "test_a_caller_that_leaves_cancels_the_call",
        "test_definitions_are_mapped",
    ],
}


def test_every_row_has_a_test() -> None:
    sections = re.split(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    rows = {
        title: len(re.findall(r"^\|.*\|$", body, re.MULTILINE)) - 2
        for title, body in zip(sections[1::2], sections[2::2], strict=True)
    }
    assert rows == {title: len(tests) for title, tests in TESTS.items()}
    folders = [Path(__file__).parent, Path(__file__).parents[1] / "workflows"]
    sources = "".join(
        path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("test_*.py")
    )
    defined = {*re.findall(r"^def (test_\w+)", sources, re.MULTILINE)}
    assert [each for tests in TESTS.values() for each in tests if each not in defined] == []
