"""The addresses of a running stack."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Everything a person or the demo needs to use the running stack."""

    api: str
    flower: str
    flower_user: str
    flower_password: str
    database_url: str
    redis_url: str
    ollama_host: str
    embedding_model: str
    chat: str | None
    """A description of the chat model. None if a setting names it, or another server has it."""
    model_server: str
    data_dir: Path
    logs: Path

    def public(self) -> dict[str, str]:
        """Return the addresses that contain no password."""
        return {
            "Console": f"{self.api}/",
            "API docs": f"{self.api}/docs",
            "Flower": f"{self.flower}/",
        }

    def lines(self) -> list[str]:
        """Return the lines that describe the stack to the person who started it."""
        rows = self.public()
        rows["Flower"] += f"  (user {self.flower_user}, password {self.flower_password})"
        rows["Model"] = f"{self.embedding_model}, by {self.model_server}"
        if self.chat:
            rows["Chat"] = self.chat
        rows["Data"] = str(self.data_dir)
        rows["Logs"] = str(self.logs)
        return [f"  {name:<9} {value}" for name, value in rows.items()]
