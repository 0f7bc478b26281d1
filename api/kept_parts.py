"""The texts of a form that came with files, read as they stream by; the files are let go piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import FormData, UploadFile

MULTIPART: Final = "multipart/form-data"


@dataclass
class _Texts:
    """What the parser tells, part by part; no more than `most` bytes are held."""

    most: int
    pairs: list[tuple[str, str | UploadFile]] = field(default_factory=list)
    held: int = 0
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _name: bytes = b""
    _value: bytearray | None = None
    _header: list[bytearray] = field(default_factory=lambda: [bytearray(), bytearray()])

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._headers.clear,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_value,
            "on_part_data": self._add,
            "on_part_end": self._end_value,
        }

    def _end_header(self) -> None:
        self._headers[bytes(self._header[0]).lower()] = bytes(self._header[1])
        self._header = [bytearray(), bytearray()]

    def _begin_value(self) -> None:
        _, told = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = told.get(b"name", b"")
        self._value = None if b"filename" in told or self.held > self.most else bytearray()

    def _add(self, data: bytes, start: int, end: int) -> None:
        self.held += end - start if self._value is not None else 0
        if self._value is not None and self.held <= self.most:
            self._value.extend(data[start:end])

    def _end_value(self) -> None:
        if self._value is not None and self.held <= self.most:
            self.pairs.append((self._name.decode("utf-8", "replace"), self._value.decode("utf-8", "replace")))


async def texts_of(content_type: str, pieces: AsyncIterator[bytes], *, most: int) -> FormData | None:
    """The texts of a multipart body, None where it can't be read or they are more than `most` bytes."""
    _, options = parse_options_header(content_type)
    texts = _Texts(most)
    try:
        parser = MultipartParser(options.get(b"boundary", b""), texts.callbacks())  # type: ignore[arg-type]
        async for piece in pieces:
            parser.write(piece)
        parser.finalize()
    except FormParserError:
        return None
    return FormData(texts.pairs) if texts.held <= most else None
