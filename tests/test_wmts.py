"""A WMTS's description: only matrices that are zooms of the Web Mercator grid are used, whatever their names."""

from __future__ import annotations

from typing import Any

import pytest

from api.wmts import read_wmts
from maps.errors import BasemapRefused

MERCATOR = "urn:ogc:def:crs:EPSG::3857"
CORNER = "-20037508.342787 20037508.342787"


def capabilities(
    *, crs: str = MERCATOR, corner: str = CORNER, scale: float = 559082264.0287178, side: int = 256, shift: int = 0,
    head: str = "", more: str = "",
) -> bytes:  # fmt: skip
    """As much of a WMTS's description as is read; `shift` numbers its levels from another zoom."""
    matrices = "".join(
        f"<TileMatrix><ows:Identifier>L{zoom - shift}</ows:Identifier>"
        f"<ScaleDenominator>{scale / 2**zoom!r}</ScaleDenominator>"
        f"<TopLeftCorner>{corner}</TopLeftCorner><TileWidth>{side}</TileWidth><TileHeight>{side}</TileHeight></TileMatrix>"
        for zoom in range(7, 13)
    )
    return (
        f'{head}<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1"><Contents>'
        "<Layer><ows:Identifier>img</ows:Identifier><Style><ows:Identifier>plain</ows:Identifier></Style>"
        "<Format>image/png</Format><TileMatrixSetLink><TileMatrixSet>own</TileMatrixSet></TileMatrixSetLink>"
        f"{more}</Layer><TileMatrixSet><ows:Identifier>own</ows:Identifier><ows:SupportedCRS>{crs}</ows:SupportedCRS>"
        f"{matrices}</TileMatrixSet></Contents></Capabilities>"
    ).encode()


ADDRESS = "http://tiles.example/wmts?tk=abc&SERVICE=WMTS&REQUEST=GetCapabilities"


@pytest.mark.parametrize("shift", [0, 7])
@pytest.mark.parametrize("scale", [559082264.0287178, 591658710.909131])
@pytest.mark.parametrize("corner", [CORNER, "20037508.3427892 -20037508.3427892"])
def test_a_wmts_is_asked_by_the_levels_of_its_own_description(shift: int, scale: float, corner: str) -> None:
    layer = read_wmts(capabilities(shift=shift, scale=scale, corner=corner), ADDRESS, "img")
    assert layer.tile_address(9, 400, 190) == (
        "http://tiles.example/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=img&STYLE=plain&FORMAT=image%2Fpng"
        f"&TILEMATRIXSET=own&tk=abc&TILEMATRIX=L{9 - shift}&TILEROW=190&TILECOL=400"
    )
    assert layer.tile_address(13, 1, 1) is None


@pytest.mark.parametrize(
    ("described", "told"),
    [
        ({"crs": "urn:ogc:def:crs:EPSG::4490"}, "网络墨卡托"), ({"corner": "90 -180"}, "网络墨卡托"),
        ({"corner": "-20037400 20037508.34"}, "网络墨卡托"), ({"scale": 577791.95800781}, "网络墨卡托"),
        ({"scale": 559082264.0287178 * 1.0001}, "网络墨卡托"), ({"side": 512}, "网络墨卡托"),
        ({"head": "<!DOCTYPE a [<!ENTITY b 'c'>]>"}, "读不懂"), ({"corner": "nan nan"}, "网络墨卡托"),
    ],
)  # fmt: skip
def test_a_wmts_on_another_grid_is_refused(described: dict[str, Any], told: str) -> None:
    with pytest.raises(BasemapRefused, match=told):
        read_wmts(capabilities(**described), ADDRESS, "")


def test_a_wmts_answers_for_its_layers_and_its_own_server_alone() -> None:
    with pytest.raises(BasemapRefused, match="没有图层“vec”"):
        read_wmts(capabilities(), ADDRESS, "vec")
    for broken in (b"", b"<html>", b"\xff\xfe", capabilities()[:400]):
        with pytest.raises(BasemapRefused, match=r"读不懂|没有图层"):
            read_wmts(broken, ADDRESS, "")
    file = "http://tiles.example/wmts/WMTSCapabilities.xml"
    for host, kept in (("tiles.example", True), ("elsewhere.example", False)):
        template = f"http://{host}/{{Style}}/{{TileMatrixSet}}/{{TileMatrix}}/{{TileRow}}/{{TileCol}}.png"
        more = f'<ResourceURL format="image/png" resourceType="tile" template="{template}"/>'
        found = read_wmts(capabilities(more=more), file, "").tile_address(8, 3, 2)
        assert found is not None
        assert found.startswith("http://tiles.example/")
        assert (found == "http://tiles.example/plain/own/L8/2/3.png") == kept
