"""What geo says in Chinese of users, shared links and gaps taken on, by its pattern (see `api.i18n.retelling`)."""

from __future__ import annotations

from typing import Final

GEO_TEXTS: Final = (
    # geo.accounts
    "用户名或密码不对",
    "原来的密码不对",
    "登录失败次数太多，请{seconds}秒后再试",
    "密码太长，最多{n}个字符",
    "密码太短：至少{n}个字符，或至少{han}个汉字的一句话",
    "密码太常见：不要只用姓名、常用词、连续或重复的数字；可用几个不相干的词连成一句",
    "请写明链接给谁用，最多{n}个字",
    "截止日期应在今天到{days}天以内",
    "没有第{number}号共享链接",
    "用户名不能为空、不能有控制字符，最多{n}个字",
    "只有 planner（填报人）可以限定乡镇；admin、viewer 不限",
    "没有角色“{role}”；可用：{known}",
    "没有用户“{name}”；kepu user list 列出全部用户",
    "没有第{number}号用户",
    "已有用户“{name}”",
    "“{name}”是最后一名管理员，不能停用或改为别的角色；请先另设一名管理员",
    "统一登录认得您，但这里没有用户“{name}”；请找管理员新增",
    "您的用户已停用；请找管理员",
    "还没有用户；请先在本机建立管理员：kepu user add 姓名 --role admin",
    # geo.store.gap_tasks
    "请写明由谁承办",
    "请写明期限",
    "这一条没有人认领，或刚才已经完成、释放；请刷新清单再看",
    "{label}最多{longest}个字，写了{n}个",
    "{label}里有电话号码；看清单的人都会看到，请去掉",
)
