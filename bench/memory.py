"""Resident memory of a process and its children, sampled while it works."""

import threading
from types import TracebackType

import psutil

EVERY_SECONDS = 0.2


class PeakMemory:
    """``with PeakMemory(pid) as peak: …; peak.mib``: pages shared by several processes count in each."""

    def __init__(self, pid: int) -> None:
        self.mib = 0.0
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._sampler.join()

    def _sample(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            self.mib = max(self.mib, self._resident())

    def _resident(self) -> float:
        total = 0
        try:
            processes = (self._process, *self._process.children(recursive=True))
        except psutil.NoSuchProcess:
            return 0
        for process in processes:
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total / 2**20
