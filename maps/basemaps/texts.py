"""What a reader is told of a basemap, in Chinese; ``{name}`` marks what is filled in."""

from types import MappingProxyType
from typing import Final

TEXTS: Final = MappingProxyType({
    "missing": "{name}：没有这个底图文件",
    "kind": "{name}：底图只支持 .mbtiles、.pmtiles、.png、.jpg、.webp；其他格式请先用 QGIS 转成 MBTiles",
    "broken": "{name}：不是可用的{kind}文件，可能已损坏或没有传完；请重新导出",
    "vector": "{name}：这是矢量瓦片，本图只能叠加图片瓦片；请在 QGIS 中用“生成 XYZ 瓦片（MBTiles）”导出 PNG",
    "compression": "{name}：内部压缩方式不支持；请用 gzip 压缩的 PMTiles",
    "empty": "{name}：里面没有任何瓦片",
    "grid": "{name}：瓦片坐标系是 {crs}，不是网络墨卡托（EPSG:3857），叠上去会错位；请按 EPSG:3857 重新导出",
    "tile_size": "{name}：瓦片 {at} 是 {width}×{height} 像素，应为 256、512 或 1024 见方；文件可能有误",
    "tile_bytes": "{name}：瓦片 {at} 超过 {limit} MB，文件可能有误",
    "tile_broken": "{name}：瓦片 {at} 已损坏，不是完整的 PNG、JPEG 或 WebP；请重新导出",
    "offset": "{name}：底图采用 {datum} 坐标，与本图的 CGCS2000 相差几百米，叠在一起会错位，所以不用。"
              "请换用天地图、自有影像等 CGCS2000 或 WGS 84 底图；不要去平移数据",
    "suspect": "{name}：底图说明中有“{word}”，这类底图通常是 {datum} 坐标，叠上去会错位几百米，所以不用。"
               "如果确已纠正到 CGCS2000，请注明 --basemap-datum cgcs2000",
    "datum": "{name}：不认识坐标基准“{datum}”，可用 cgcs2000、wgs84、gcj02、bd09",
    "pixels": "{name}：图片像素太多，无法安全打开；请缩小后再用，或用 QGIS 切成 MBTiles",
    "no_position": "{name}：不知道图片在什么位置；请把世界文件（{wanted}）放在旁边，或写 --basemap-bounds 西,南,东,北",
    "world_file": "{name}：世界文件应为六行数字，请重新导出",
    "bounds": "{name}：范围应为经纬度“西,南,东,北”，例如 87.0,43.5,88.0,44.5",
    "bounds_only": "{name}：瓦片文件自带位置，不用写 --basemap-bounds 和 --basemap-crs",
    "no_crs": "{name}：世界文件中的坐标不是经纬度；请用 --basemap-crs 写明坐标系，如 EPSG:4538",
    "crs": "{name}：不认识坐标系“{crs}”，请写成 EPSG:4538 这样的编号",
    "crs_datum": "{name}：坐标系 {crs} 不属于 CGCS2000 或 WGS 84，直接叠加会错位；"
                 "请先用 QGIS 转到 EPSG:4490 或 EPSG:3857",
    "apart": "{name}：底图（{theirs}）与本图（{ours}）没有重叠；请核对底图的位置和坐标系",
    "no_extent": "本地区没有任何位置，无法裁切底图",
    "too_large": "{name}：第 {zoom} 级就超过 {limit} MB，装不进一个文件；"
                 "请加 --basemap-beside 放在旁边，或换小一些的底图",
    "too_large_beside": "{name}：第 {zoom} 级就超过 {limit} MB；请换小一些的底图",
    "left_off": "底图只到第 {zoom} 级：再细一级就超过 {limit} MB，放大时显示第 {zoom} 级",
    "span": "经度 {west:.3f}–{east:.3f}，纬度 {south:.3f}–{north:.3f}",
})  # fmt: skip
