"""A topic as Python code asks it: run it, or convert from one framework to another."""

from __future__ import annotations

from dataclasses import dataclass

from cutaway.compare.run.atlas import Compared, Proof, run
from cutaway.compare.run.topic import Topic


@dataclass(frozen=True, slots=True)
class Asked:
    """One topic."""

    topic: Topic

    def run(self) -> Compared:
        """Every installed framework on the same small input."""
        return run([self.topic])[0]

    def convert(self, source: str, target: str) -> tuple[Proof, ...]:
        """The converters between two frameworks, each with its proof, run now.

        Raises:
            InputError: an unknown framework, or a pair without a converter.
        """
        wanted = self.topic.converters_between(source, target)
        proofs = self.run().proofs
        return tuple(proof for proof, each in zip(proofs, self.topic.converters, strict=True) if each in wanted)
