"""Metadata of the GIS package as ISO 19115-3 XML: what it is, where, of when, on which datum, and from what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from geo.faults import printable
from maps.dossier.manifest import about

if TYPE_CHECKING:
    from maps.dossier.edition import Edition

_ISO: Final = "http://standards.iso.org/iso/19115/-3"
_SPACES: Final = {"mdb": "2.0", "cit": "2.0", "mri": "1.0", "mrl": "2.0", "mrs": "1.0", "mcc": "1.0", "gex": "1.0",
                  "gco": "1.0", "mco": "1.0", "lan": "1.0", "mrd": "1.0"}  # fmt: skip
_SCHEMATIC: Final = "村（社区）点位和乡镇、村范围为推算的示意，不作为权属和界线依据。"


def metadata(edition: Edition) -> bytes:
    """Return the metadata of an edition's layers, UTF-8; the same edition gives the same bytes."""
    for prefix, version in _SPACES.items():
        ET.register_namespace(prefix, _space(prefix, version))
    root = ET.Element(_name("mdb:MD_Metadata"))
    identity = f"{edition.place.code}-{edition.as_of.isoformat()}-{edition.digest[:16]}"
    _text(root, "mdb:metadataIdentifier/mcc:MD_Identifier/mcc:code", identity)
    locale = _path(root, "mdb:defaultLocale/lan:PT_Locale")
    _code(locale, "lan:language", "lan:LanguageCode", "zho")
    _code(locale, "lan:characterEncoding", "lan:MD_CharacterSetCode", "utf8")
    _party(_path(root, "mdb:contact"), edition)
    _day(_path(root, "mdb:dateInfo"), edition.as_of.isoformat(), "revision")
    _text(root, "mdb:metadataStandard/cit:CI_Citation/cit:title", "ISO 19115-3")
    crs = _path(root, "mdb:referenceSystemInfo/mrs:MD_ReferenceSystem/mrs:referenceSystemIdentifier/mcc:MD_Identifier")
    _text(crs, "mcc:code", "4490")
    _text(crs, "mcc:codeSpace", "EPSG")
    _text(crs, "mcc:description", "CGCS2000 经纬度（度），经度在前")
    _identification(_path(root, "mdb:identificationInfo/mri:MD_DataIdentification"), edition)
    _lineage(_path(root, "mdb:resourceLineage/mrl:LI_Lineage"), edition)
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _identification(parent: ET.Element, edition: Edition) -> None:
    citation = _path(parent, "mri:citation/cit:CI_Citation")
    _text(citation, "cit:title", f"{edition.place.name}科普设施覆盖情况（截至{edition.as_of.isoformat()}）")
    _day(_path(citation, "cit:date"), edition.as_of.isoformat(), "validityBegins")
    plan = edition.assessment.plan.plan
    _text(
        parent,
        "mri:abstract",
        f"按《{plan.title}》{plan.document}逐单位评估的科普设施图层、结果和依据。{edition.usage}。",
    )
    _party(_path(parent, "mri:pointOfContact"), edition)
    _box(_path(parent, "mri:extent/gex:EX_Extent"), edition)
    rights = _path(parent, "mri:resourceConstraints/mco:MD_LegalConstraints")
    _code(rights, "mco:useConstraints", "mco:MD_RestrictionCode", "otherRestrictions")
    _text(rights, "mco:otherConstraints", edition.usage)


def _box(extent: ET.Element, edition: Edition) -> None:
    from math import isfinite

    boundary = edition.place.boundary
    bounds = edition.layers["townships"].total_bounds if boundary is None else boundary.bounds
    if all(map(isfinite, bounds)):
        box = _path(extent, "gex:geographicElement/gex:EX_GeographicBoundingBox")
        west, south, east, north = (f"{bound:.6f}" for bound in bounds)
        for name, value in (("west", west), ("east", east), ("south", south), ("north", north)):
            side = "Longitude" if name in ("west", "east") else "Latitude"
            _path(box, f"gex:{name}Bound{side}/gco:Decimal").text = value
    moment = _path(extent, "gex:temporalElement/gex:EX_TemporalExtent")
    _path(moment, "gex:extent/gco:Date").text = edition.as_of.isoformat()


def _lineage(parent: ET.Element, edition: Edition) -> None:
    facts = about(edition)
    plan, known = facts["plan"], facts["known_on"]
    told = [
        f"软件版本{facts['version']}，数据库摘要{facts['store']}，方案{plan['id']}（SHA-256 {plan['sha256']}）。",
        f"按{edition.as_of.isoformat()}当日有效的上报数据{f'（{known}已入库）' if known else ''}计算。",
    ]
    if any(bool(edition.layers[name]["schematic"].any()) for name in ("townships", "villages")):
        told.append(_SCHEMATIC)
    if edition.place.demo_note:
        told.append(edition.place.demo_note)
    _text(parent, "mrl:statement", "".join(told))
    for source in edition.place.sources:
        words = [str(source[key]) for key in ("title", "origin", "licence", "date") if source.get(key)]
        _text(parent, "mrl:source/mrl:LI_Source/mrl:description", "；".join(words), again=True)


def _party(parent: ET.Element, edition: Edition) -> None:
    party = _path(parent, "cit:CI_Responsibility")
    _code(party, "cit:role", "cit:CI_RoleCode", "originator")
    _text(party, "cit:party/cit:CI_Organisation/cit:name", edition.place.maker or edition.place.name)


def _day(parent: ET.Element, day: str, kind: str) -> None:
    holder = _path(parent, "cit:CI_Date")
    _path(holder, "cit:date/gco:Date").text = day
    _code(holder, "cit:dateType", "cit:CI_DateTypeCode", kind)


def _code(parent: ET.Element, name: str, kind: str, value: str) -> None:
    element = _path(parent, f"{name}/{kind}")
    element.set("codeList", kind.partition(":")[2])
    element.set("codeListValue", value)
    element.text = value


def _text(parent: ET.Element, path: str, text: str, *, again: bool = False) -> None:
    first, _, rest = path.partition("/")
    where = ET.SubElement(parent, _name(first)) if again else parent
    _path(where, f"{rest if again else path}/gco:CharacterString").text = printable(text)


def _path(parent: ET.Element, path: str) -> ET.Element:
    """Return the element at a path below another; what is missing on the way is made."""
    at = parent
    for name in path.split("/"):
        found: Any = at.find(_name(name))
        at = ET.SubElement(at, _name(name)) if found is None else found
    return at


def _name(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_space(prefix, _SPACES[prefix])}}}{local}"


def _space(prefix: str, version: str) -> str:
    return f"{_ISO}/{prefix}/{version}"
