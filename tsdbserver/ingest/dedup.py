"""Which batches were stored: senders deliver at least once, this makes it once."""

from collections import OrderedDict
from dataclasses import dataclass, field

from tsdbserver.errors import ConflictingBatch, TooManySenders
from tsdbserver.model.batch import BatchKey

FORGET_AFTER_MS = 24 * 3_600_000
"""A sender that was silent for so long is forgotten; a restarted one has a new id anyway."""


@dataclass(slots=True)
class _Sender:
    """All numbers up to `through` were seen, and those in `above`; `fingerprints` of the newest, oldest first."""

    through: int = 0
    above: set[int] = field(default_factory=set)
    fingerprints: OrderedDict[int, bytes] = field(default_factory=OrderedDict)
    heard_at: int = 0

    def has_seen(self, sequence: int) -> bool:
        return sequence <= self.through or sequence in self.above

    def remember(self, sequence: int, max_above: int) -> None:
        self.above.add(sequence)
        if len(self.above) > max_above:
            # A number missing for so long will not come any more; sets of a sender must not grow for ever.
            self.through = min(self.above) - 1
        while self.through + 1 in self.above:
            self.through += 1
            self.above.remove(self.through)


class BatchLog:
    """The batch keys of every sender, bounded in senders, in numbers out of order and in fingerprints a sender."""

    def __init__(self, max_senders: int = 100_000, max_gap: int = 100_000, max_fingerprints: int = 2_048) -> None:
        self._senders: OrderedDict[bytes, _Sender] = OrderedDict()
        self._max_senders = max_senders
        self._max_gap = max_gap
        self._max_fingerprints = max_fingerprints

    def __len__(self) -> int:
        return len(self._senders)

    def has_seen(self, key: BatchKey, fingerprint: bytes) -> bool:
        """Whether the batch was stored before. ConflictingBatch if its number came with another content,
        TooManySenders past the limit."""
        sender = self._senders.get(key.instance)
        if sender is None:
            if len(self._senders) >= self._max_senders:
                raise TooManySenders(f"batches of more than {self._max_senders} senders within a day")
            sender = _Sender()
        if not sender.has_seen(key.sequence):
            return False
        if sender.fingerprints.get(key.sequence, fingerprint) != fingerprint:
            raise ConflictingBatch(f"batch {key} was stored before with other content")
        return True

    def remember(self, key: BatchKey, fingerprint: bytes, now: int) -> None:
        """Called only after the append: a batch that failed half-way must be accepted when it is sent again."""
        sender = self._senders.setdefault(key.instance, _Sender())
        self._senders.move_to_end(key.instance)
        sender.heard_at = now
        sender.remember(key.sequence, self._max_gap)
        sender.fingerprints[key.sequence] = fingerprint
        if len(sender.fingerprints) > self._max_fingerprints:
            sender.fingerprints.popitem(last=False)

    def forget_silent(self, now: int) -> None:
        """Drop senders that were last heard more than a day before `now` (ms)."""
        while self._senders:
            instance, sender = next(iter(self._senders.items()))
            if now - sender.heard_at < FORGET_AFTER_MS:
                return
            del self._senders[instance]
