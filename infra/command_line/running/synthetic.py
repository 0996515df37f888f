"""Folders of a synthetic city carry a mark, so that nobody ever takes them for real."""

from pathlib import Path

from domain.errors import MonitorError
from infra.installation import DATABASE_FILE
from infra.settings import Settings
from infra.storage.private_files import make_private_folder

MARK = "SYNTHETIC"


class HoldsRealData(MonitorError):
    """A synthetic city must not be mixed into a folder that may hold real facts."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} may hold real facts: a synthetic city needs a folder of its own (--data)")
        self.path = path


def mark(settings: Settings) -> Settings:
    """Mark the folder; raises :class:`HoldsRealData` where it was filled without the mark."""
    file = settings.data / MARK
    if not file.exists():
        if (settings.data / DATABASE_FILE).exists() or settings.database is not None:
            raise HoldsRealData(settings.data)
        make_private_folder(settings.data)
        file.write_text("Everything in this folder is synthetic. 本文件夹内全部为模拟数据。\n", encoding="utf-8")
    return marked(settings)


def marked(settings: Settings) -> Settings:
    """The settings, synthetic where the folder says so."""
    return settings.model_copy(update={"synthetic": settings.synthetic or (settings.data / MARK).exists()})
