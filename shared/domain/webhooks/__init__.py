"""Webhooks: their addresses, their signatures and their deliveries."""

from shared.domain.webhooks.addresses import Networks

__all__ = ["Networks"]
