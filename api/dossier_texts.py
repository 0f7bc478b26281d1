"""Chinese texts of the dossier's page; part of the catalogue in api.texts."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

DOSSIER_TEXTS: Final = MappingProxyType({
    "dossier": "迎检档案",
    "dossier_lead":
        "按一个截至日，一次做成整套：图集、报告、档案盒、台账、地理数据、抽查手册和清单。每个数字都能查到来源。",
    "dossier_scope": "范围",
    "dossier_whole": "全部",
    "dossier_as_of": "截至日",
    "dossier_known_on": "已知截至（可空）",
    "dossier_before": "与哪一天对比（可空）",
    "dossier_paper": "图集纸张",
    "dossier_mode": "用途",
    "dossier_internal": "内部版",
    "dossier_public": "公开版",
    "dossier_review_number": "审图号",
    "dossier_entered_by": "填写人",
    "dossier_public_note":
        "公开版要填测绘主管部门给的审图号和填写人，程序不会代填；内部版两格都留空。公开版不含个人信息和内部备注。",
    "dossier_make": "开始制作",
    "dossier_running": "正在制作",
    "dossier_stopping": "正在停止",
    "dossier_progress": "已完成 {done}/{total} 个文件",
    "dossier_starting": "正在读取数据",
    "dossier_path": "刚完成：{path}",
    "dossier_stop": "停止",
    "dossier_kept": "做过的档案",
    "dossier_kept_caption": "新的在前，共 {n} 套",
    "dossier_none": "还没有做过。选好截至日，点“开始制作”；也可以在命令行用 kepu dossier -o 文件夹。",
    "dossier_made_at": "制作时间",
    "dossier_by": "制作人",
    "dossier_state": "结果",
    "dossier_done": "完成：新做{made}个文件，沿用{kept}个",
    "dossier_failed": "未完成：{fault}",
    "dossier_cancelled": "已停止",
    "dossier_download": "下载（{mb} MB）",
    "dossier_download_of": "下载截至{date}的档案",
    "dossier_remove": "删除",
    "dossier_remove_of": "删除截至{date}、{when}做的档案",
    "dossier_compared": "对比{date}",
    "dossier_day_wrong": "日期要写成 2022-10-31 这样",
    "dossier_verify_note": "下载后可用 kepu dossier verify 文件夹 核对：文件是否原样，数字是否一致。",
})  # fmt: skip
