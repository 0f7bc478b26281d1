"""Rewrite a KML file so that GDAL reads all of it.

Its LIBKML driver leaves out placemarks that stand beside folders, takes folders of one
name for one layer, garbles the names of untyped data unless they are ASCII, and ignores
them beside typed data. Entities must have been refused before.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

if TYPE_CHECKING:
    from pathlib import Path

_NAMESPACE = "{http://www.opengis.net/kml/2.2}"


def level(path: Path) -> None:
    """Put each folder with placemarks at one level, and all data of the placemarks into fields of one schema.

    Raises xml.etree.ElementTree.ParseError.
    """
    root = ElementTree.parse(path).getroot()
    for element in root.iter():
        element.tag = _tag(element.tag.rpartition("}")[2])
    kml = Element(_tag("kml"))
    document = SubElement(kml, _tag("Document"))
    schema = SubElement(document, _tag("Schema"), id="data", name="data")
    fields: dict[str, None] = {}
    titles: Counter[str] = Counter()
    for container in [element for element in root.iter() if element.find(_tag("Placemark")) is not None]:
        title = (container.findtext(_tag("name")) or "").strip() or path.stem
        titles[title] += 1
        folder = SubElement(document, _tag("Folder"))
        SubElement(folder, _tag("name")).text = title if titles[title] == 1 else f"{title} ({titles[title]})"
        for placemark in container.findall(_tag("Placemark")):
            fields |= dict.fromkeys(_typed(placemark))
            folder.append(placemark)
    for name in fields:
        SubElement(schema, _tag("SimpleField"), name=name, type="string")
    ElementTree.ElementTree(kml).write(path, encoding="utf-8")


def _tag(name: str) -> str:
    return _NAMESPACE + name


def _typed(placemark: Element) -> list[str]:
    """Turn a placemark's data, typed or not, into typed ones; return their names."""
    told: dict[str, str | None] = {}
    for extended in placemark.findall(_tag("ExtendedData")):
        told |= {data.get("name", ""): data.text for data in extended.iter(_tag("SimpleData"))}
        told |= {data.get("name", ""): data.findtext(_tag("value")) for data in extended.iter(_tag("Data"))}
        placemark.remove(extended)
    typed = SubElement(SubElement(placemark, _tag("ExtendedData")), _tag("SchemaData"), schemaUrl="#data")
    for name, text in told.items():
        SubElement(typed, _tag("SimpleData"), name=name).text = text
    return list(told)
