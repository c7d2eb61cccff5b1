"""HTTP clients for servers on this machine."""

import ssl

import httpx

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Loading certificates, which plain HTTP never uses, costs each client 25 ms."""


def client(base_url: str = "", timeout: float | httpx.Timeout = 30) -> httpx.Client:
    return httpx.Client(base_url=base_url, timeout=timeout, trust_env=False, verify=NO_CERTIFICATES)


def get(url: str, timeout: float = 10) -> httpx.Response:
    return httpx.get(url, timeout=timeout, trust_env=False, verify=NO_CERTIFICATES)
