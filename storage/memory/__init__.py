"""The ports in memory, for tests and simulation; held to the same contract tests as the databases."""

from storage.memory.store import MemoryStorage

__all__ = ["MemoryStorage"]
