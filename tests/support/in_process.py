"""An API in the process of the test."""

from fastapi.testclient import TestClient

from api.app import create_app
from shared.config import Settings


def client(settings: Settings, address: str = "127.0.0.1") -> TestClient:
    """Return a client of a new API, which sees it at an address."""
    return TestClient(create_app(settings), client=(address, 50_000))
