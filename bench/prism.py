"""Prism's static mock of the product's OpenAPI document: what a front-end would develop against otherwise."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx

from bench.servers import Served, running
from clients.toolbox import PRISM, module, node, script
from loadtests.driver import free_port


def is_installed() -> bool:
    """Whether `make clients-install` has been run."""
    return module(PRISM).exists() and node() is not None


@contextmanager
def static(base: str, directory: Path) -> Iterator[Served]:
    """A mock of the product at `base`.

    It checks requests against the document and answers with the examples in it, always the same ones.
    """
    document = directory / "openapi.json"
    document.write_text(json.dumps(httpx.get(f"{base}/openapi.json").raise_for_status().json()), encoding="utf-8")
    port = free_port()
    command = script(PRISM, "mock", "--port", str(port), "--verboseLevel", "error", str(document))
    with running(command, port, "/v1/products", {}) as served:
        yield served
