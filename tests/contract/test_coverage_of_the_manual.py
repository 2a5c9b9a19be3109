"""docs/reference/manual-coverage.md is fresh, and the promised operations are there."""

import httpx2 as httpx

from tests import manual_coverage, openapi
from tests.contract import check


def test_every_step_of_the_manual_has_its_operations_test_and_persona() -> None:
    assert manual_coverage.complaints() == []
    assert manual_coverage.DOCUMENT.read_text(encoding="utf-8") == manual_coverage.text(), "run: make coverage-doc"


def test_every_promised_operation_is_there_and_none_is_thin(client: httpx.Client) -> None:
    assert check.complaints(openapi.fetched(client)) == []
    assert len(check.PROMISED) == 90


def test_a_document_that_lacks_something_is_told() -> None:
    thin = {"paths": {"/v1/x": {"get": {"operationId": "getApp", "responses": {"400": {}}}}}}
    told = check.complaints(thin)
    assert "missing operation: createTransfer" in told
    assert "thin: getApp (/v1/x): no summary, description, tags, problem+json for 400" in told
