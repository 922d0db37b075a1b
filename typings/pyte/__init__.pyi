# The part of pyte that the tests use; it has no types of its own.

class Char:
    data: str

class Screen:
    lines: int
    columns: int
    buffer: dict[int, dict[int, Char]]
    def __init__(self, columns: int, lines: int) -> None: ...
    def resize(self, lines: int | None = None, columns: int | None = None) -> None: ...

class ByteStream:
    def __init__(self, screen: Screen | None = None) -> None: ...
    def feed(self, data: bytes) -> None: ...
