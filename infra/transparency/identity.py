"""In whose name an installation's log is signed, and whether it was begun before."""

from dataclasses import dataclass
from pathlib import Path

from infra.identity.keys import LOG, key_file, read_key
from infra.identity.suites import suite_in
from infra.transparency.notes import Signer, VerifierKey
from infra.transparency.suite import SUITES, Suite

_FINGERPRINT_BYTES = 8


@dataclass(frozen=True)
class LogIdentity:
    """The log of one shard: ``folder`` holds the key, ``shard`` tells logs signed with one key apart."""

    folder: Path
    origin: str | None = None
    shard: str | None = None

    @property
    def suite(self) -> Suite:
        """The one that the keys in the folder are for."""
        return SUITES[suite_in(self.folder).name]

    def signer(self) -> Signer:
        """Raises MissingKey or UnsafeKeyFile."""
        seed = read_key(key_file(self.folder, LOG))
        return Signer(self._name(self.suite.private_key(seed).public), seed, suite=self.suite)

    def verifier(self) -> VerifierKey:
        """What outsiders check the log with."""
        return self.signer().verifier

    @property
    def begun(self) -> bool:
        return self.published.exists()

    @property
    def published(self) -> Path:
        """The verifier key as a file to hand out; there from the moment the log is begun."""
        return self.folder / (f"log-{self.shard}.vkey" if self.shard else "log.vkey")

    def publish(self) -> None:
        """Once the log is begun: from now on an empty log is a lost one."""
        if not self.begun:
            self.published.write_text(f"{self.verifier()}\n", encoding="utf-8")

    def _name(self, public: bytes) -> str:
        """Without an origin of its own choosing, a log is called after its key."""
        fingerprint = self.suite.new(public).digest()[:_FINGERPRINT_BYTES].hex()
        origin = self.origin or f"tender-monitor/{fingerprint}"
        return f"{origin}/{self.shard}" if self.shard else origin
