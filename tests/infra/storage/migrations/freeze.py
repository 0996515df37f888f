"""Writes down the tables of today as those of the first release: ``python -m tests.infra.storage.migrations.freeze``.

Only until that release is out; from then on a changed table needs a step in infra/migrations/versions.
"""

from pathlib import Path

from sqlalchemy import create_mock_engine

from infra.storage.migrations import VERSION_TABLE, known_versions, metadatas

FOLDER = Path(__file__).parent / "baseline"
DIALECTS = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


def statements(dialect: str) -> list[str]:
    """What makes the tables of this version in an empty database."""
    made: list[str] = []
    engine = create_mock_engine(DIALECTS[dialect], lambda made_by, *_: made.append(_text(made_by)))

    def _text(made_by: object) -> str:
        return str(made_by.compile(dialect=engine.dialect)).strip()  # type: ignore[attr-defined]

    for metadata in metadatas():
        metadata.create_all(engine, checkfirst=False)
    # A table's indexes come in any order.
    made.sort(key=lambda statement: statement if statement.startswith("CREATE INDEX") else "")
    made.append(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    made.append(f"INSERT INTO {VERSION_TABLE} VALUES ('{known_versions()[0]}')")
    return made


def frozen(dialect: str) -> list[str]:
    """What made the tables of the first release."""
    return (FOLDER / f"{dialect}.sql").read_text(encoding="utf-8").split(";\n\n")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for dialect in DIALECTS:
        (FOLDER / f"{dialect}.sql").write_text(";\n\n".join(statements(dialect)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
